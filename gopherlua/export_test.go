package gopherlua

import "github.com/luart/luart/stdlib"

// Proxies returns how many objects a computer's bridge remembers.
func Proxies(c stdlib.Computer) int {
	if b, ok := c.VM().Local(bridgeKey{}).(*bridge); ok {
		return b.proxies.size()
	}
	return 0
}

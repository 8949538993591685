return {
    hello = "Hello",
    everybody = "world",
}

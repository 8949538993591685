package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/term"

	"github.com/luart/luart/control"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/settings"
)

type pkgCommand struct {
	Profile      string            `group:"Flags of all these commands:" placeholder:"ID" help:"Profile to work on, by its ID or name. Default: the current one."`
	Profiles     *string           `group:"Flags of all these commands:" placeholder:"DIR" help:"Folder of the profiles. Default: profiles in the data folder."`
	Config       string            `group:"Flags of all these commands:" placeholder:"FILE" help:"Configuration. Default: luart.ini in the current folder, if there is one."`
	AllowPrivate bool              `group:"Flags of all these commands:" help:"Let channels and their files be on this machine and its network, too."`
	Set          map[string]string `group:"Flags of all these commands:" placeholder:"SECTION.KEY=VALUE" mapsep:"none" help:"Set any key of the configuration. May be given again."`
	JSON         bool              `group:"Flags of all these commands:" name:"json" help:"Print the result, or what is wrong, as JSON."`

	Init    pkgInit    `cmd:"" help:"Make a profile."`
	Search  pkgSearch  `cmd:"" help:"Search the channels for packages."`
	Info    pkgInfo    `cmd:"" help:"Show all about a package."`
	Add     pkgAdd     `cmd:"" help:"Add packages to the profile; update installs them."`
	Remove  pkgRemove  `cmd:"" help:"Take packages out of the profile; update removes them."`
	List    pkgList    `cmd:"" help:"List what is added and what is installed."`
	Update  pkgUpdate  `cmd:"" help:"Install, upgrade and remove, so that all is as the profile wants it."`
	Channel pkgChannel `cmd:"" help:"The channels of the profile; make a channel."`
}

// Help is what luart pkg --help says besides.
func (*pkgCommand) Help() string {
	return `Manages packages in the profiles of luart serve, whether that runs or not.

  luart pkg init                     make a profile
  luart pkg search save warning      find packages
  luart pkg add GROUP:NAME           want one
  luart pkg update                   install it

Exit codes: 0, 1 if something is wrong, 2 if the arguments are, 3 if a channel or a file can't be downloaded, 4 if you
have declined, 130 after Ctrl-C.`
}

// The commands' fields are what the Lua program gets of them.
type (
	pkgInit struct {
		Name    string   `arg:"" optional:"" json:"name" help:"Name of a new profile. Default: the current profile if it is not initialized, or one called Default."`
		Plugins string   `json:"plugins" placeholder:"DIR" help:"Folder to install packages in. Default: plugins in the profile's folder; on a terminal, you are asked."`
		Cache   string   `json:"cache" default:"cache" placeholder:"DIR" help:"Folder for what is downloaded (${default}). What is not absolute is in the profile's folder."`
		Temp    string   `json:"temp" default:"temp" placeholder:"DIR" help:"Folder for work (${default})."`
		Channel []string `json:"channel" sep:"none" placeholder:"URL" help:"A channel of the profile. May be given again; the first one counts most."`
		Yes     bool     `short:"y" json:"yes" help:"Take the default of every question."`
	}
	pkgSearch struct {
		Words       []string `arg:"" json:"words" help:"What to look for: words, or the address of a page about the package."`
		Category    []string `json:"category" placeholder:"NAME" help:"Only of this category. May be given again."`
		NotCategory []string `json:"notCategory" placeholder:"NAME" help:"Not of this category. May be given again."`
		Channel     string   `json:"channel" placeholder:"URL" help:"Only of this channel."`
		Threshold   int      `json:"threshold" default:"80" placeholder:"N" help:"How well they must fit, 0 to 100 (${default})."`
		Limit       int      `json:"limit" default:"20" placeholder:"N" help:"How many to show (${default}; 0: all)."`
	}
	pkgInfo struct {
		Package string `arg:"" json:"package" help:"GROUP:NAME."`
	}
	pkgAdd struct {
		Packages []string `arg:"" json:"packages" help:"GROUP:NAME of each."`
	}
	pkgRemove struct {
		Packages []string `arg:"" json:"packages" help:"GROUP:NAME of each."`
	}
	pkgList struct {
		Added bool `json:"added" help:"Only what was added, not what others need."`
	}
	pkgUpdate struct {
		Yes     bool              `short:"y" json:"yes" help:"Take the default of every question."`
		Variant map[string]string `json:"variant" mapsep:"none" placeholder:"ID=VALUE" help:"Choose the value of a variant. May be given again."`
		Refresh bool              `json:"refresh" help:"Read the channels anew, however fresh they are."`
	}
	pkgChannel struct {
		Build pkgChannelBuild `cmd:"" help:"Make the folder of a channel from sources in YAML."`
		List  pkgChannelList  `cmd:"" help:"List the profile's channels."`
		Set   pkgChannelSet   `cmd:"" help:"Set the profile's channels."`
	}
	pkgChannelBuild struct {
		Sources   []string `arg:"" json:"-" complete:"files" help:"YAML files, or folders with such files."`
		Output    string   `required:"" short:"o" json:"-" placeholder:"DIR" help:"Folder of the channel. In its folder metadata, what no source has any more is deleted."`
		Label     string   `json:"label" placeholder:"TEXT" help:"Name of the channel."`
		SourceURL string   `name:"source-url" json:"sourceUrl" placeholder:"URL" help:"Where the sources are on the web."`
		IssueURL  string   `name:"issue-url" json:"issueUrl" placeholder:"URL" help:"Where to report what is wrong with them."`
	}
	pkgChannelList struct{}
	pkgChannelSet  struct {
		URLs []string `arg:"" name:"url" json:"urls" help:"Their addresses; the first one counts most."`
	}
)

// Run makes a profile.
func (c *pkgInit) Run(p *pkgCommand, s streamer) error { return p.run(s, "init", c) }

// Run searches packages.
func (c *pkgSearch) Run(p *pkgCommand, s streamer) error {
	if c.Threshold < 0 || c.Threshold > 100 || c.Limit < 0 {
		return p.tell(s, usageError{errors.New("--threshold is a number from 0 to 100, and --limit one from 0 on")})
	}
	return p.run(s, "search", c)
}

// Run shows a package.
func (c *pkgInfo) Run(p *pkgCommand, s streamer) error { return p.run(s, "info", c) }

// Run adds packages.
func (c *pkgAdd) Run(p *pkgCommand, s streamer) error { return p.run(s, "add", c) }

// Run removes packages.
func (c *pkgRemove) Run(p *pkgCommand, s streamer) error { return p.run(s, "remove", c) }

// Run lists packages.
func (c *pkgList) Run(p *pkgCommand, s streamer) error { return p.run(s, "list", c) }

// Run updates.
func (c *pkgUpdate) Run(p *pkgCommand, s streamer) error { return p.run(s, "update", c) }

// Run lists the channels.
func (c *pkgChannelList) Run(p *pkgCommand, s streamer) error { return p.run(s, "channels", c) }

// Run sets the channels.
func (c *pkgChannelSet) Run(p *pkgCommand, s streamer) error { return p.run(s, "channels", c) }

// place is a folder or file of the user, and what the computer calls it.
type place struct {
	Path  string `json:"path"`
	Shown string `json:"shown"`
}

// Run makes a channel.
func (c *pkgChannelBuild) Run(p *pkgCommand, s streamer) error { return p.tell(s, c.build(p, s)) }

func (c *pkgChannelBuild) build(p *pkgCommand, s streamer) error {
	o := struct {
		*pkgChannelBuild
		Places  []place  `json:"places"`
		Sources []string `json:"sources"`
		Output  string   `json:"output"`
		Shown   string   `json:"shown"`
	}{pkgChannelBuild: c, Output: "/output", Shown: c.Output}
	var mounts []runtime.Option
	for i, source := range c.Sources {
		info, err := os.Stat(source)
		if err != nil {
			return fmt.Errorf("%w; name files *.yaml, or folders with such files", err)
		}
		at := "/sources/" + strconv.Itoa(i+1)
		dir, file := source, ""
		if !info.IsDir() {
			dir, file = filepath.Dir(source), filepath.Base(source)
		}
		mounts = append(mounts, runtime.WithMount(dir, at, true))
		o.Places = append(o.Places, place{at, filepath.ToSlash(filepath.Clean(dir))})
		o.Sources = append(o.Sources, path.Join(at, file))
	}
	if err := makeFolder(c.Output, 0o755, true); err != nil {
		return fmt.Errorf("the channel's folder can't be used: %w; change its permissions, or give another one with --output DIR", err)
	}
	o.Places = append(o.Places, place{"/output", filepath.ToSlash(filepath.Clean(c.Output))})
	mounts = append(mounts, runtime.WithMount(c.Output, "/output", false))
	err := p.start(s, "build", o, nil, append(mounts, runtime.WithControl(runtime.Control{})))
	if err != nil {
		_ = os.Remove(c.Output) // if it is empty
	}
	return err
}

// run runs a command that works on profiles.
func (p *pkgCommand) run(s streamer, command string, options any) error {
	conf, err := p.load()
	if err != nil {
		return p.tell(s, err)
	}
	plane, err := p.control(conf, command == "init")
	if err != nil {
		return p.tell(s, err)
	}
	rules, err := pluginRules(conf)
	if err != nil {
		return p.tell(s, err)
	}
	return p.start(s, command, options, conf,
		append(rules, runtime.WithControl(*plane), runtime.WithMemory(int64(conf.Number("limits.memory")))))
}

// tell returns an error that there is before the program runs. With --json, programs get an object for it, as they do for the program's own.
func (p *pkgCommand) tell(s streamer, err error) error {
	var code exitCode
	if err == nil || !p.JSON || errors.As(err, &code) {
		return err
	}
	object := struct {
		Type   string `json:"$type"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}{"/error/bad-request", err.Error(), ""}
	var path *fs.PathError
	if errors.As(err, &path) {
		object.Type = "/error/file-access-denied"
	}
	text, problem := json.MarshalIndent(object, "", "  ")
	if problem == nil {
		fmt.Fprintf(s.standard().out, "%s\n", text)
	}
	return err
}

// load reads the settings, which are those of luart serve.
func (p *pkgCommand) load() (*settings.Settings, error) {
	serve := serveCommand{Config: p.Config, AllowPrivate: p.AllowPrivate, Set: p.Set}
	if p.Profiles != nil {
		serve.Set = map[string]string{"packages.profiles": *p.Profiles}
		for id, value := range p.Set {
			serve.Set[id] = value
		}
	}
	return serve.load()
}

// profilesFolder is where the profiles are.
func profilesFolder(conf *settings.Settings) string {
	if dir := conf.String("packages.profiles"); dir != "" {
		return dir
	}
	return filepath.Join(conf.String("paths.data"), "profiles")
}

// control says what the program works on. The computer's folders are those of luart serve, so that either can finish what the other
// has begun; but what isn't there is made only for a profile that is.
func (p *pkgCommand) control(conf *settings.Settings, create bool) (*runtime.Control, error) {
	c := &runtime.Control{
		Plugins: conf.String("paths.plugins"), Data: conf.String("paths.data"), Secrets: conf.String("paths.secrets"),
		AllowPrivate: conf.Bool("plugins.allow_private"), Packages: packageFolders(conf),
		Settings: func() (map[string]any, error) { return conf.Table(), nil },
	}
	if create {
		if err := makeFolder(profilesFolder(conf), private, true); err != nil {
			return nil, fmt.Errorf("the folder for the profiles can't be used: %w; change its permissions, or give another one with --profiles DIR", err)
		}
	}
	if c.Packages.Profiles == filepath.Join(c.Data, "profiles") {
		c.Packages.Profiles = "" // where they are anyway
	}
	for _, dir := range []*string{&c.Plugins, &c.Data, &c.Packages.Profiles} {
		if info, err := os.Stat(*dir); err != nil || !info.IsDir() {
			*dir = ""
		}
	}
	return c, nil
}

// start runs the program.
func (p *pkgCommand) start(s streamer, command string, o any, conf *settings.Settings, options []runtime.Option) error {
	std := s.standard()
	arg := struct {
		Command  string            `json:"command"`
		Options  any               `json:"options"`
		Profile  string            `json:"profile"`
		Profiles string            `json:"profiles"`
		JSON     bool              `json:"json"`
		Stdin    bool              `json:"stdin"`
		Stdout   bool              `json:"stdout"`
		Stderr   bool              `json:"stderr"`
		Width    int               `json:"width"`
		Environ  map[string]string `json:"environ"`
	}{command, o, p.Profile, "", p.JSON, isTerminal(std.in), isTerminal(std.out), isTerminal(std.err), 80, map[string]string{}}
	for _, name := range []string{"SC4PAC_SIMTROPOLIS_TOKEN", "SC4PAC_SIMTROPOLIS_COOKIE"} {
		arg.Environ[name] = os.Getenv(name)
	}
	if f, ok := std.err.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			arg.Width = width
		}
	}
	if conf != nil {
		arg.Profiles = profilesFolder(conf)
		for _, w := range conf.Warnings {
			fmt.Fprintln(std.err, "luart pkg:", w)
		}
	}
	text, err := json.Marshal(arg)
	if err != nil {
		return err
	}
	program, err := control.Files.ReadFile("tools/pkg.lua")
	if err != nil {
		return err
	}
	computer, err := runtime.New(append(options,
		runtime.WithProgram("/rom/control/pkg.lua"), runtime.WithCode("=luart pkg", string(program)), runtime.WithArgs(string(text)),
		runtime.WithStdin(std.in), runtime.WithStdout(std.out), runtime.WithStderr(std.err), runtime.WithLogger(slog.New(newLogHandler(std.err))),
		runtime.WithVersion(currentVersion()), runtime.WithTimeout(0),
	)...)
	if err != nil {
		return usageError{err}
	}
	signals := watchSignals(std.err, twice(computer), nil, os.Interrupt, syscall.SIGTERM)
	code, err := computer.Run(context.Background())
	got := signals.stop()
	var failure *runtime.ProgramError
	switch {
	case errors.Is(err, runtime.ErrStopped), errors.As(err, &failure) && failure.Terminated, err == nil && code == exitCtrlC && got != nil:
		return exitCode(signalCode(got))
	case failure != nil:
		return errors.New(failure.Message)
	case err != nil:
		return err
	}
	return exitCode(code).orNil()
}

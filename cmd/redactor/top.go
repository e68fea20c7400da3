package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

const topHelp = `Watch a running proxy: rates of every recipient, lag, hot fields, detections,
leaks, CPU per record. It reads /metrics of one instance, and shows nothing from
a record.

  q  quit          p  hold the picture, and go on
  s  next sorting  ?  help

Where stdout is no terminal it prints a picture every --interval, without colors
and without moving the cursor; --once prints one and ends.`

// topOptions are the flags of top.
type topOptions struct {
	config, address, tokenFile, ca string
	interval                       time.Duration
	once                           bool
}

func newTop() *cobra.Command {
	var o topOptions
	cmd := &cobra.Command{
		Use:     "top",
		Short:   "Watch a running proxy in the terminal",
		Long:    topHelp,
		Example: "  redactor top\n  redactor top -a https://redactor-0:9478 --token-file token --ca ca.pem\n  redactor top --once | head -20",
		GroupID: groupRun,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.interval < 100*time.Millisecond {
				return usagef("--interval is at least 100ms")
			}
			return o.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.config, "config", "c", "", "configuration that names the address and the token")
	f.StringVarP(&o.address, "address", "a", "", "host:port or URL of the admin address (default: the configuration's, else 127.0.0.1:9478)")
	f.StringVar(&o.tokenFile, "token-file", "", "file of the token, where the address asks for one")
	f.StringVar(&o.ca, "ca", "", "CA certificates of an https address, PEM")
	f.DurationVar(&o.interval, "interval", 2*time.Second, "how often to look")
	f.BoolVar(&o.once, "once", false, "print one picture, of one interval, and end")
	return cmd
}

func (o *topOptions) run(cmd *cobra.Command) error {
	look, err := o.looker()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	t := &topScreen{
		look: look, interval: o.interval, out: cmd.OutOrStdout(), color: colored(cmd, cmd.OutOrStdout()),
		size: func() (int, int) { return columns(cmd.OutOrStdout(), 100), 1 << 10 },
	}
	in, _ := cmd.InOrStdin().(*os.File)
	out, _ := cmd.OutOrStdout().(*os.File)
	if o.once || in == nil || out == nil || !isTerminal(in) || !isTerminal(out) || os.Getenv("TERM") == "dumb" {
		return t.plain(ctx, o.once)
	}
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return err
	}
	defer term.Restore(int(in.Fd()), state) //nolint:errcheck // there is nobody left to tell
	t.size = func() (int, int) {
		if w, h, err := term.GetSize(int(out.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
		return 80, 24
	}
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	return t.live(ctx, in, resized)
}

// looker returns what reads the metrics once.
func (o *topOptions) looker() (func(context.Context) (*snapshot, error), error) {
	address, tokenFile := o.address, o.tokenFile
	if address == "" || tokenFile == "" {
		path := (&runOptions{config: o.config}).configPath()
		if _, err := os.Stat(path); err == nil || o.config != "" {
			cfg, problems := loadConfig(path, os.Environ())
			if problems.HasErrors() {
				return nil, &failure{code: exitConfig, problems: problems}
			}
			if tokenFile == "" && address == "" {
				tokenFile = cfg.Admin.TokenFile
			}
			if address == "" {
				if address = cfg.Admin.Listen; cfg.Admin.TLS.Cert != "" {
					address = "https://" + address
				}
			}
		}
	}
	if address == "" {
		address = "127.0.0.1:9478"
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	token := ""
	if tokenFile != "" {
		text, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, configf("%w", err)
		}
		token = strings.TrimSpace(string(text))
	}
	url := strings.TrimSuffix(address, "/") + "/metrics"
	return func(ctx context.Context) (*snapshot, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return scrapeWith(ctx, client, url, token)
	}, nil
}

func (o *topOptions) client() (*http.Client, error) {
	if o.ca == "" {
		return http.DefaultClient, nil
	}
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, configf("%w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, configf("%s: no certificate in it", o.ca)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}, nil
}

// topScreen draws pictures of a proxy until it is told to stop.
type topScreen struct {
	look     func(context.Context) (*snapshot, error)
	interval time.Duration
	size     func() (columns, rows int)
	out      io.Writer
	color    bool

	was, is *snapshot
	failed  error // of the last look
	sort    int
	held    bool
	help    bool
}

// step looks once more. The picture needs two looks.
func (t *topScreen) step(ctx context.Context) {
	s, err := t.look(ctx)
	if t.failed = err; err == nil {
		t.was, t.is = t.is, s
	}
}

// plain prints pictures one below the other.
func (t *topScreen) plain(ctx context.Context, once bool) error {
	tick := time.NewTicker(t.interval)
	defer tick.Stop()
	for {
		t.step(ctx)
		if t.failed != nil && (once || t.is == nil) {
			if ctx.Err() != nil {
				return nil
			}
			return unavailablef("%w", t.failed)
		}
		if t.was != nil {
			w, h := t.size()
			if _, err := fmt.Fprintln(t.out, strings.Join(t.picture(w, h), "\n")); err != nil || once {
				return ignoreClosed(err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// ignoreClosed makes an error nil that says that nobody reads on: head has
// enough.
func ignoreClosed(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // the other screen, no cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	toTop       = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
)

// live draws in place and obeys keys.
func (t *topScreen) live(ctx context.Context, in io.Reader, resized <-chan os.Signal) error {
	fmt.Fprint(t.out, enterScreen)
	defer fmt.Fprint(t.out, leaveScreen)
	keys := make(chan byte)
	ended, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		var b [1]byte
		for {
			if n, err := in.Read(b[:]); n == 0 || err != nil {
				return
			}
			select {
			case keys <- b[0]:
			case <-ended.Done():
				return
			}
		}
	}()
	tick := time.NewTicker(t.interval)
	defer tick.Stop()
	t.step(ctx)
	for t.draw(); ; t.draw() {
		select {
		case <-ctx.Done():
			return nil
		case <-resized:
		case <-tick.C:
			if !t.held {
				t.step(ctx)
			}
		case k := <-keys:
			if t.press(k) {
				return nil
			}
		}
	}
}

// press obeys a key and reports whether it was the last.
func (t *topScreen) press(k byte) bool {
	const ctrlC, ctrlD = 3, 4
	switch k {
	case 'q', 'Q', ctrlC, ctrlD:
		return true
	case 'p', 'P', ' ':
		t.held = !t.held
	case 's', 'S':
		t.sort = (t.sort + 1) % len(topSorts)
	case '?', 'h':
		t.help = !t.help
	}
	return false
}

// draw writes the picture over the one before. The terminal is in raw mode: a
// new line needs both characters.
func (t *topScreen) draw() {
	w, h := t.size()
	lines := t.picture(w, h)
	lines = lines[:min(len(lines), h)]
	fmt.Fprint(t.out, toTop+strings.Join(lines, clearLine+"\r\n")+clearLine+clearBelow)
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"redactor/internal/audit"
)

// auditHeadUnknown compares the audit log with no head but its own.
var auditHeadUnknown audit.Head

// Free space below which a disk is worth a word: the audit log and the state
// are small, and both stop a reload when they cannot be written.
const (
	littleSpace = 100 << 20 // bytes
	noSpace     = 1 << 20
)

// disk looks at where files are written.
func (d *doctor) disk() {
	for name, path := range map[string]string{"audit.file": d.cfg.Audit.File, "state.dir": stateDir(d.cfg)} {
		if path == "" {
			continue
		}
		dir := path
		if name == "audit.file" {
			dir = filepath.Dir(path)
		}
		d.folder(name, dir)
	}
}

func (d *doctor) folder(name, dir string) {
	there := dir
	for { // what run would make is on the disk of what is there
		if _, err := os.Stat(there); !errors.Is(err, fs.ErrNotExist) || there == filepath.Dir(there) {
			break
		}
		there = filepath.Dir(there)
	}
	if err := unix.Access(there, unix.W_OK); err != nil {
		d.find(bad, dir, name+" cannot be written here: "+err.Error(), "give the directory to the account that runs the proxy")
		return
	}
	var st unix.Statfs_t
	if err := unix.Statfs(there, &st); err != nil {
		d.find(warning, dir, "how much space is left cannot be told: "+err.Error(), "")
		return
	}
	switch free := int64(st.Bavail) * int64(st.Bsize); {
	case free < noSpace:
		d.find(bad, dir, fmt.Sprintf("the disk is full: %s are left", formatSize(float64(free))), "make room: without the audit log no policy is taken")
	case free < littleSpace:
		d.find(warning, dir, fmt.Sprintf("only %s are left on the disk", formatSize(float64(free))), "make room")
	}
}

// adminExposed says what is wrong with the admin address, without binding it.
func adminExposed(cfg *config) error {
	ac, err := adminConfig(cfg)
	if err != nil {
		return err
	}
	return ac.Check()
}

package pseudonym

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The epochs of a key are the files of a directory:
//
//	2026-11-21.key        the key line of the epoch that begins on that day
//	2026-10-22.destroyed  the mark of an epoch whose secret is gone
//
// The mark keeps its days taken. Without it the epoch before would be asked for
// values that the destroyed one made pseudonyms of.
const (
	keySuffix       = ".key"
	destroyedSuffix = ".destroyed"
)

// EpochFile returns the path of the key file of an epoch.
func EpochFile(dir, id string) string { return filepath.Join(dir, id+keySuffix) }

func destroyedFile(dir, id string) string { return filepath.Join(dir, id+destroyedSuffix) }

// LoadEpochs reads the epochs of a key from its directory. Names that begin with
// a dot are passed over, since Kubernetes mounts secrets beside them; any other
// that is neither a key nor a mark is refused, since it may be a key that was
// named wrongly. The error is a *KeyError.
func LoadEpochs(dir string, rules EpochRules) (*Epochs, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &KeyError{dir, KeyUnreadable, cause(err)}
	}
	var list []Epoch
	for _, f := range entries {
		if strings.HasPrefix(f.Name(), ".") {
			continue
		}
		e, err := loadEpoch(dir, f.Name())
		if err != nil {
			return nil, err
		}
		for _, other := range list {
			switch {
			case other.ID == e.ID:
				return nil, &KeyError{EpochFile(dir, e.ID), KeyReturned, nil}
			case other.Secret != nil && e.Secret != nil && other.Secret.Equal(e.Secret):
				return nil, &KeyError{EpochFile(dir, e.ID), KeyRepeated, nil}
			}
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		return nil, &KeyError{dir, KeyNoEpochs, nil}
	}
	return newEpochs(list, rules), nil
}

func loadEpoch(dir, name string) (Epoch, error) {
	id, isKey := strings.CutSuffix(name, keySuffix)
	isMark := false
	if !isKey {
		id, isMark = strings.CutSuffix(name, destroyedSuffix)
	}
	begin, ok := ParseEpochID(id)
	if !ok || !isKey && !isMark {
		return Epoch{}, &KeyError{filepath.Join(dir, name), KeyName, nil}
	}
	e := Epoch{ID: id, Begin: begin}
	if isKey {
		var err error
		if e.Secret, err = LoadKeyFile(filepath.Join(dir, name)); err != nil {
			return Epoch{}, err
		}
	}
	return e, nil
}

// DestroyEpoch overwrites the key file of an epoch, removes it, and leaves the
// mark in its place. The mark is written first: when it is cut short, LoadEpochs
// refuses the directory, and calling it again ends it. What was copied
// elsewhere, by a backup, a snapshot, or a file system that writes to another
// place than it reads from, is out of its reach.
func DestroyEpoch(dir, id string) error {
	if _, ok := ParseEpochID(id); !ok {
		return &KeyError{EpochFile(dir, id), KeyName, nil}
	}
	path := EpochFile(dir, id)
	info, err := os.Lstat(path)
	if err != nil {
		return &KeyError{path, KeyUnreadable, cause(err)}
	}
	if !info.Mode().IsRegular() { // a link: what it leads to is not ours to remove
		return &KeyError{path, KeyNotFile, nil}
	}
	if err := mark(destroyedFile(dir, id)); err != nil {
		return &KeyError{path, KeyUnwritable, cause(err)}
	}
	if err := overwrite(path, info); err != nil {
		return &KeyError{path, KeyUnwritable, cause(err)}
	}
	if err := errors.Join(os.Remove(path), syncDir(dir)); err != nil {
		return &KeyError{path, KeyUnwritable, cause(err)}
	}
	return nil
}

// EpochMarked reports whether the destruction of an epoch has begun.
func EpochMarked(dir, id string) bool {
	_, err := os.Lstat(destroyedFile(dir, id))
	return err == nil
}

func mark(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

// overwrite writes random bytes over a file, which its owner may have made
// read-only.
func overwrite(path string, info fs.FileInfo) error {
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	noise := make([]byte, max(info.Size(), int64(keySize)))
	_, err = rand.Read(noise)
	if err == nil {
		_, err = f.WriteAt(noise, 0)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

// soonOver is how long before the end of a certificate somebody should know.
const soonOver = 14 * 24 * time.Hour

// files looks at the secrets that the configuration names, beside keys, and at
// what has an end.
func (d *doctor) files() {
	for name, path := range map[string]string{
		"kafka.sasl.password_file": d.cfg.Kafka.SASL.PasswordFile,
		"kafka.tls.key":            d.cfg.Kafka.TLS.Key,
		"admin.token_file":         d.cfg.Admin.TokenFile,
	} {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			d.find(bad, path, name+": "+reasonOf(err), "")
		case info.Mode().Perm()&0o007 != 0:
			d.find(warning, path, fmt.Sprintf("%s: everybody on this machine may read it (mode %#o)", name, info.Mode().Perm()), "chmod 600 "+path)
		}
	}
	for name, path := range map[string]string{"kafka.tls.cert": d.cfg.Kafka.TLS.Cert, "kafka.tls.ca": d.cfg.Kafka.TLS.CA} {
		if path == "" {
			continue
		}
		end, err := endOf(path)
		switch left := end.Sub(d.now); {
		case err != nil:
			d.find(bad, path, name+": "+err.Error(), "")
		case left < 0:
			d.find(bad, path, fmt.Sprintf("%s: it is over since %s", name, end.Format(time.DateOnly)), "renew it")
		case left < soonOver:
			d.find(warning, path, fmt.Sprintf("%s: it is over on %s", name, end.Format(time.DateOnly)), "renew it; the proxy reads it at the start")
		}
	}
}

// endOf returns when the first certificate of a file that ends does so.
func endOf(path string) (end time.Time, err error) {
	rest, err := readAtMost(path, maxConfig)
	if err != nil {
		return end, err
	}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return end, fmt.Errorf("it holds a damaged certificate")
		}
		if end.IsZero() || c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	if end.IsZero() {
		return end, fmt.Errorf("it holds no certificate in PEM form")
	}
	return end, nil
}

// reasonOf is an error about a file without the file's name, which stands
// before it already.
func reasonOf(err error) string {
	if pe, ok := err.(*os.PathError); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

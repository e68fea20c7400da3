package pseudonym

// The ciphers of one profile, domain and epoch. Each has a key of its own, named
// in the derivation, so that no key serves two algorithms.

// FF1 derives format-preserving encryption with AES-256 over numerals of the
// given radix.
func (s *Secret) FF1(radix int, tenant, recipient, profile, domain, epoch string) (*FF1, error) {
	key := s.derive([]string{version, tenant, recipient, profile, domain, epoch, "ff1"}, 32)
	defer clear(key)
	return NewFF1(key, radix)
}

// PrefixCipher derives ipcrypt-pfx.
func (s *Secret) PrefixCipher(tenant, recipient, profile, domain, epoch string) (*PrefixCipher, error) {
	key := s.derive([]string{version, tenant, recipient, profile, domain, epoch, "ipcrypt-pfx"}, 32)
	defer clear(key)
	return NewPrefixCipher([32]byte(key))
}

// CryptoPAn derives Crypto-PAn.
func (s *Secret) CryptoPAn(tenant, recipient, profile, domain, epoch string) *CryptoPAn {
	key := s.derive([]string{version, tenant, recipient, profile, domain, epoch, "crypto-pan"}, 32)
	defer clear(key)
	return NewCryptoPAn([32]byte(key))
}

// AddressCipher derives ipcrypt-deterministic.
func (s *Secret) AddressCipher(tenant, recipient, profile, domain, epoch string) *AddressCipher {
	key := s.derive([]string{version, tenant, recipient, profile, domain, epoch, "ipcrypt-deterministic"}, 16)
	defer clear(key)
	return NewAddressCipher([16]byte(key))
}

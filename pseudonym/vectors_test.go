package pseudonym

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

type prfVectors struct {
	HKDF []struct {
		ID, IKM, Info, OKM, Salt string
		L                        int
	}
	HMAC []struct {
		ID, Key, Data string
		Sum           string `json:"hmac_sha256"`
	}
	Root     string
	Examples []struct {
		Canonical, Domain, Epoch, Profile, Recipient, Subkey, Tenant, Type string

		Pseudonym string `json:"pseudonym128"`
	} `json:"pseudonym_examples"`
}

func secretOf(t *testing.T, root string) *Secret {
	t.Helper()
	return &Secret{m: seal(&material{b: [SecretSize]byte(unhex(t, root))})}
}

// TestVectors runs the examples that fix the construction: those that the
// module carries, and the shared copy where there is one.
func TestVectors(t *testing.T) {
	t.Run("testdata", func(t *testing.T) { runVectors(t, "testdata/prf.json") })
	t.Run("shared", func(t *testing.T) {
		const path = "../../shared/vectors/prf.json"
		if _, err := os.Stat(path); err != nil {
			t.Skip("no shared vectors beside the module")
		}
		runVectors(t, path)
	})
}

func runVectors(t *testing.T, path string) {
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v prfVectors
	if err := json.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.HKDF) == 0 || len(v.HMAC) == 0 || len(v.Examples) < 7 {
		t.Fatal("vectors are missing")
	}
	for _, c := range v.HKDF {
		okm, err := hkdf.Key(sha256.New, unhex(t, c.IKM), unhex(t, c.Salt), string(unhex(t, c.Info)), c.L)
		if err != nil || hex.EncodeToString(okm) != c.OKM {
			t.Errorf("%s: %x, %v", c.ID, okm, err)
		}
	}
	h := NewHasher()
	for _, c := range v.HMAC {
		k := newHMACKey(unhex(t, c.Key))
		h.s().resume(k.inner)
		h.s().sha.Write(unhex(t, c.Data))
		copy(h.s().outer[:sha256.Size], h.s().sha.Sum(nil))
		if sum := h.s().finish(k); hex.EncodeToString(sum[:]) != c.Sum[:32] {
			t.Errorf("%s: %x", c.ID, sum)
		}
	}
	root := secretOf(t, v.Root)
	for i, c := range v.Examples {
		parts := []string{version, c.Tenant, c.Recipient, c.Profile, c.Domain, c.Epoch}
		if got := hex.EncodeToString(root.derive(parts, SecretSize)); got != c.Subkey {
			t.Errorf("example %d: subkey %s, want %s", i, got, c.Subkey)
		}
		k := root.Subkey(c.Tenant, c.Recipient, c.Profile, c.Domain, c.Epoch)
		sum := h.Sum(k, c.Type, []byte(c.Canonical))
		if got := hex.EncodeToString(sum[:]); got != c.Pseudonym {
			t.Errorf("example %d: %s, want %s", i, got, c.Pseudonym)
		}
	}
}

// TestCMACVectors: RFC 4493 section 4 (AES-128) and NIST SP 800-38B appendix
// D.3 (AES-256).
func TestCMACVectors(t *testing.T) {
	const (
		key128 = katCMACKey
		key256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
		msg    = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
			"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
	)
	h := NewHasher()
	for _, c := range []struct {
		key  string
		n    int
		want string
	}{
		{key128, 0, "bb1d6929e95937287fa37d129b756746"},
		{key128, 16, "070a16b46b4d4144f79bdd9dd04a287c"},
		{key128, 40, "dfa66747de9ae63030ca32611497c827"},
		{key128, 64, "51f0bebf7e3b9d92fc49741779363cfe"},
		{key256, 0, "028962f61b7bf89efc6b551f4667d983"},
		{key256, 16, "28a7023f452e8f82bd4bf28d8c37c35c"},
		{key256, 40, "aaf3d8f1de5640c232f5b169b9c911e6"},
		{key256, 64, "e1992190549f6ed5696a2c056c315410"},
	} {
		sum := h.s().mac(newCMACKey(unhex(t, c.key)), unhex(t, msg)[:c.n])
		if got := hex.EncodeToString(sum[:]); got != c.want {
			t.Errorf("AES-%d, %d bytes: %s, want %s", 4*len(c.key), c.n, got, c.want)
		}
	}
	k1 := newCMACKey(unhex(t, key128)).k1
	if hex.EncodeToString(k1[:]) != "fbeed618357133667c85e08f7236a8de" {
		t.Errorf("K1 = %x", k1)
	}
}

func TestSelfTest(t *testing.T) {
	if err := SelfTest(); err != nil {
		t.Fatal(err)
	}
}

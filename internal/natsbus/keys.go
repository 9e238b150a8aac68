package natsbus

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// keys are what an embedded server and its tokens are made with. They are kept
// beside the stream, so that a coordinator that begins anew is the same to its
// workers.
type keys struct {
	Run    string `json:"run"`
	Secret []byte `json:"secret"` // of the tokens
	Cert   []byte `json:"cert"`   // DER
	Key    []byte `json:"key"`    // PKCS #8
	Port   int    `json:"port"`   // of the server, so that workers find it again
}

const keysName = "keys.json"

// certName comes before the run's name in the certificate.
const certName = "loadforge "

// loadKeys reads the keys of a directory, or makes those of a new run: of a key,
// if there is one.
func loadKeys(dir, run string, key Key) (*keys, error) {
	k, err := readKeys(dir)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if key != "" {
		k, err = key.keys(run)
	} else {
		k, err = newKeys(run)
	}
	if err != nil {
		return nil, err
	}
	return k, k.save(dir)
}

func readKeys(dir string) (*keys, error) {
	name := filepath.Join(dir, keysName)
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	k := new(keys)
	if err := json.Unmarshal(b, k); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return k, nil
}

func (k *keys) save(dir string) error {
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	name := filepath.Join(dir, keysName)
	if err := os.WriteFile(name+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

func newKeys(run string) (*keys, error) {
	k := &keys{Run: run, Secret: make([]byte, 32)}
	_, _ = rand.Read(k.Secret) // never fails
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return k, k.certify(key)
}

// certify makes a certificate that names the run, for the server's key.
func (k *keys) certify(key crypto.Signer) (err error) {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: certName + k.Run},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(90 * 24 * time.Hour), DNSNames: []string{"loadforge"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if k.Cert, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	k.Key, err = x509.MarshalPKCS8PrivateKey(key)
	return err
}

// server is the TLS of an embedded server.
func (k *keys) server() (*tls.Config, error) {
	key, err := x509.ParsePKCS8PrivateKey(k.Key)
	if err != nil {
		return nil, fmt.Errorf("read the server's key: %w", err)
	}
	pair := tls.Certificate{Certificate: [][]byte{k.Cert}, PrivateKey: key}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}}, nil
}

// pin is the fingerprint of the server's key.
func (k *keys) pin() (string, error) {
	cert, err := x509.ParseCertificate(k.Cert)
	if err != nil {
		return "", fmt.Errorf("read the server's certificate: %w", err)
	}
	return fingerprint(cert), nil
}

func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

var errPin = errors.New("the server is not the one that the join string names: its key is another one")

// pinned accepts one key and nothing else, whoever vouches for it.
func pinned(pin string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // the key itself is checked, below
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 || fingerprint(state.PeerCertificates[0]) != pin {
				return errPin
			}
			return nil
		},
	}
}

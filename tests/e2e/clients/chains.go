// What Go says of servers' chains: one line of tab-separated fields in, one out.
//
//	in    id, "file" or a port of 127.0.0.1, name or "-", seconds since 1970 or "-", file of the chain, of the anchors
//	out   id, "accepts" or "refuses", what it said
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func ders(file string) [][]byte {
	rest, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	var all [][]byte
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		all = append(all, block.Bytes)
	}
}

// As a client's pool takes them: those that can't be parsed are left out.
func pool(file string) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, der := range ders(file) {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			pool.AddCert(certificate)
		}
	}
	return pool
}

func ask(how, name, at, chain, anchors string) error {
	if name == "-" {
		name = ""
	}
	if how != "file" {
		raw, err := net.Dial("tcp", "127.0.0.1:"+how)
		if err != nil {
			return err
		}
		defer raw.Close()
		return tls.Client(raw, &tls.Config{ServerName: name, RootCAs: pool(anchors)}).Handshake()
	}
	var certificates []*x509.Certificate
	for _, der := range ders(chain) {
		certificate, err := x509.ParseCertificate(der)
		if err != nil { // as crypto/tls does
			return fmt.Errorf("tls: failed to parse certificate from server: %w", err)
		}
		certificates = append(certificates, certificate)
	}
	options := x509.VerifyOptions{DNSName: name, Roots: pool(anchors), Intermediates: x509.NewCertPool()}
	for _, certificate := range certificates[1:] {
		options.Intermediates.AddCert(certificate)
	}
	if seconds, err := strconv.ParseInt(at, 10, 64); err == nil {
		options.CurrentTime = time.Unix(seconds, 0)
	}
	_, err := certificates[0].Verify(options)
	return err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		field := strings.Split(lines.Text(), "\t")
		if err := ask(field[1], field[2], field[3], field[4], field[5]); err != nil {
			fmt.Printf("%s\trefuses\t%s\n", field[0], strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Printf("%s\taccepts\t\n", field[0])
		}
	}
}

// Command kafka is a Kafka cluster in memory, of one broker, with one user, for tests of a Kafka outside of the chart.
// It prints its address when it listens, and ends with its standard input.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	saslHandshake    = 17
	saslAuthenticate = 36
	// What a broker answers to a wrong login.
	saslAuthenticationFailed = 58
)

// request is what of one decides about its answer.
type request struct {
	key, version uint16
	correlation  []byte
}

func main() {
	address := flag.String("address", "127.0.0.1", "to listen at")
	mechanism := flag.String("mechanism", "", "SASL mechanism; empty for no login")
	user := flag.String("user", "", "who may log in")
	password := flag.String("password", "", "of the user")
	certificate := flag.String("certificate", "", "PEM file of the server; empty for no TLS")
	key := flag.String("key", "", "PEM file with its key")
	reader := flag.Bool("reader", false, "the user may only describe topics")
	flag.Parse()

	var config *tls.Config
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		if err != nil {
			log.Fatal(err)
		}
		config = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	listen := func(network, asked string) (net.Listener, error) {
		_, port, _ := net.SplitHostPort(asked)
		inner, err := net.Listen(network, net.JoinHostPort(*address, port))
		if err == nil && config != nil {
			inner = tls.NewListener(inner, config)
		}
		return listener{inner, *mechanism}, err
	}
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.ListenFn(listen)}
	if *mechanism != "" {
		options = append(options, kfake.EnableSASL())
		if *reader {
			describe := kfake.ACL{
				Resource:  kmsg.ACLResourceTypeTopic,
				Name:      "*",
				Pattern:   kmsg.ACLResourcePatternTypeLiteral,
				Operation: kmsg.ACLOperationDescribe,
				Allow:     true,
			}
			options = append(options, kfake.EnableACLs(), kfake.User(*mechanism, *user, *password, describe))
		} else {
			options = append(options, kfake.Superuser(*mechanism, *user, *password))
		}
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	fmt.Println(cluster.ListenAddrs()[0])
	io.Copy(io.Discard, os.Stdin)
}

// listener gives connections that name the mechanism in answers to a SASL handshake: this cluster leaves it out, and
// clients that take a broker by its word then do not log in. A wrong login it answers with the end of the connection; here
// it is told, as brokers do.
type listener struct {
	net.Listener
	mechanism string
}

func (l listener) Accept() (net.Conn, error) {
	outer, err := l.Listener.Accept()
	if err != nil || l.mechanism == "" {
		return outer, err
	}
	// The cluster speaks over a pipe that is a real connection, so that deadlines work.
	between, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer between.Close()
	ours, err := net.Dial("tcp", between.Addr().String())
	if err != nil {
		return nil, err
	}
	theirs, err := between.Accept()
	if err != nil {
		return nil, err
	}
	sent := make(chan request, 1024)
	go requests(outer, ours, sent)
	go l.answers(ours, outer, sent)
	return theirs, nil
}

// requests passes them on, and tells of each.
func requests(from, to net.Conn, sent chan<- request) {
	defer to.Close()
	read := bufio.NewReader(from)
	for {
		message, err := frame(read)
		if err != nil || len(message) < 8 {
			return
		}
		sent <- request{binary.BigEndian.Uint16(message), binary.BigEndian.Uint16(message[2:]), message[4:8]}
		if write(to, message) != nil {
			return
		}
	}
}

// answers passes them on; they come in the order of the requests.
func (l listener) answers(from, to net.Conn, sent <-chan request) {
	defer to.Close()
	read := bufio.NewReader(from)
	for {
		message, err := frame(read)
		if err != nil {
			select {
			case last := <-sent:
				if last.key == saslAuthenticate {
					write(to, last.refused())
				}
			default:
			}
			return
		}
		// Correlation id, error code, number of mechanisms.
		if (<-sent).key == saslHandshake && len(message) == 10 {
			message = binary.BigEndian.AppendUint32(message[:6], 1)
			message = binary.BigEndian.AppendUint16(message, uint16(len(l.mechanism)))
			message = append(message, l.mechanism...)
		}
		if write(to, message) != nil {
			return
		}
	}
}

// refused is the answer to a wrong login: the error, no text, no bytes, and from version 1 on no time for the session.
func (r request) refused() []byte {
	if r.version > 1 {
		answer := append(append([]byte{}, r.correlation...), 0)
		answer = binary.BigEndian.AppendUint16(answer, saslAuthenticationFailed)
		return append(append(answer, 0, 1), make([]byte, 9)...)
	}
	answer := binary.BigEndian.AppendUint16(append([]byte{}, r.correlation...), saslAuthenticationFailed)
	answer = append(answer, 0xff, 0xff, 0, 0, 0, 0)
	if r.version == 1 {
		answer = append(answer, make([]byte, 8)...)
	}
	return answer
}

// frame is one message without its length.
func frame(read io.Reader) ([]byte, error) {
	var length uint32
	if err := binary.Read(read, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	message := make([]byte, length)
	_, err := io.ReadFull(read, message)
	return message, err
}

func write(to io.Writer, message []byte) error {
	_, err := to.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...))
	return err
}

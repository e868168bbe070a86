// Command kafka is a Kafka cluster in memory, of one broker, with one user, for tests of a Kafka outside of the chart.
// It prints its address when it listens, and ends with its standard input.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func main() {
	address := flag.String("address", "127.0.0.1", "to listen at")
	mechanism := flag.String("mechanism", "", "SASL mechanism; empty for no login")
	user := flag.String("user", "", "who may log in")
	password := flag.String("password", "", "of the user")
	certificate := flag.String("certificate", "", "PEM file of the server; empty for no TLS")
	key := flag.String("key", "", "PEM file with its key")
	reader := flag.Bool("reader", false, "the user may only describe topics")
	flag.Parse()

	listen := func(network, asked string) (net.Listener, error) {
		_, port, _ := net.SplitHostPort(asked)
		return net.Listen(network, net.JoinHostPort(*address, port))
	}
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.ListenFn(listen)}
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}))
	}
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

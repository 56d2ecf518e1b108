#!/bin/bash
# What idle SIP connections and presence subscriptions cost sip-edge in memory: run-sipmemory.sh [COUNT,COUNT…] (10000,100000)
. "$(dirname "$0")/env.sh"; cd "$PEERS_SRC"; counts=${1:-10000,100000}; ulimit -n "$(ulimit -Hn)"
# A connection takes a descriptor of sip-edge, and this machine may not give it so many.
connections=$(tr , '\n' <<< "$counts" | awk -v most="$(ulimit -n)" '{ print $1 < most - 1000 ? $1 : most - 1000 }' | sort -un | paste -sd,)
./gateway.sh start || exit 1
ns ./memory.py sip-connections isthmus-sip-edge $connections -- ./siphold.py connections 127.0.0.21
./gateway.sh stop; ./gateway.sh start || exit 1   # what connections have used and given back is not there for subscriptions to use
# The XMPP server of those who are watched: the generator, which has one message a second to take.
start xload-sink xload --maxs 3600 --src siptcp:127.0.0.61:5071:127.0.0.21:5060 --rate 1 --n 3600 --id s \
  --dst s2sd:127.0.0.15:5269:sink.test:$PEERS/ca/sink.test.crt:$PEERS/ca/sink.test.key --sr sip:v%@sink.test --sf sip:u%@sip.test
sleep 3
ns ./memory.py sip-subscriptions isthmus-sip-edge $counts -- ./siphold.py subscriptions 127.0.0.21
stop xload-sink; ./gateway.sh stop

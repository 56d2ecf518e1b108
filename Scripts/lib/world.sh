# Sourced: a small world on a /24 of the loopback, for the demonstration and the tests with real peers. sip.test is ours,
# and whoever listens on $SIP_ADDRESS is its SIP server; xmpp.test is a partner's, a real Prosody; BIND serves both zones,
# ours as dns-publisher says. Needs common.sh, services.sh, peers.sh.

# world_settings: what the services are told, for each of them that is started.
world_settings() {
    export ISTHMUS_XMPP_LISTEN=$EDGE_ADDRESS:5269 ISTHMUS_XMPP_LISTEN_DIRECT_TLS=$EDGE_ADDRESS:5270
    export ISTHMUS_SIP_TCP=$EDGE_ADDRESS:5060 ISTHMUS_SIP_TLS=$EDGE_ADDRESS:5061
    export ISTHMUS_XMPP_PUBLIC_ADDRESSES=$EDGE_ADDRESS ISTHMUS_SIP_PUBLIC_ADDRESSES=$EDGE_ADDRESS
    export ISTHMUS_RESOLVER_SERVERS=$DNS_ADDRESS@$DNS_PORT
    export ISTHMUS_DNS_TARGET=update ISTHMUS_DNS_SERVER=$DNS_ADDRESS:$DNS_PORT
    export ISTHMUS_DNS_TSIG_FILE=$state/secrets/tsig
    export ISTHMUS_DNS_PORT_XMPP=5269 ISTHMUS_DNS_PORT_XMPP_DIRECT_TLS=5270
    export ISTHMUS_DNS_PORT_SIP=5060 ISTHMUS_DNS_PORT_SIP_TLS=5061
    [ ! -f "$state/secrets/component" ] || component_settings
}

# start_world: everything, configured. With narrate=yes the commands of the administrator are shown.
start_world() {
    world_settings
    narrate "starting BIND and the six services"
    start_bind
    start_services
    write_endpoints
    # WORLD_EMPTY: a gateway as it is after its first start, for who configures it himself.
    if [ -z "${WORLD_EMPTY:-}" ]; then
        configure_world
        narrate "starting Prosody"
        start_prosody "$state/ca/isthmus-ca.crt"
    fi
    printf '%s=%s\n' PROSODY_ADDRESS "$PROSODY_ADDRESS" PROSODY_C2S_PORT "$PROSODY_C2S_PORT" \
        EDGE_ADDRESS "$EDGE_ADDRESS" SIP_ADDRESS "$SIP_ADDRESS" PEERS_NET "$PEERS_NET" \
        DNS_ADDRESS "$DNS_ADDRESS" DNS_PORT "$DNS_PORT" >>"$state/env"
}

# component_settings: xmpp-edge attaches to Prosody (split_domain).
component_settings() {
    export ISTHMUS_XMPP_COMPONENT_SERVER=$PROSODY_ADDRESS:$PROSODY_COMPONENT_PORT
    export ISTHMUS_XMPP_COMPONENT_NAME=isthmus.split.test ISTHMUS_XMPP_COMPONENT_DOMAINS=split.test
    export ISTHMUS_XMPP_COMPONENT_SECRET_FILE=$state/secrets/component
}

stop_world() {
    stop_services
    stop_process prosody 5
    stop_process bind 5
}

configure_world() {
    narrate "configuring"
    make_partner_certificate
    administer domain add sip.test --xmpp-access true
    administer route add sip.test --next-hop "$SIP_ADDRESS" --port 5060 --transport tcp
    administer host add "$SIP_ADDRESS"
    administer partner add xmpp.test --partner-type federated --tls required --sasl required --dialback false
    administer certificate trust add "$state/ca/partner-ca.crt" --use xmpp
    administer certificate trust list -o json
    python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["certificate"])' \
        <"$state/isthmusctl.out" >"$state/ca/isthmus-ca.crt"
    wait_until 60 "the edges to follow the policy" edges_are_current || die "the edges do not follow the policy"
    administer dns plan
    narrate "$(grep -E 'IN (SRV|A|AAAA) ' "$state/isthmusctl.out" || true)"
    administer dns apply
    [ -n "$(dig +short "@$DNS_ADDRESS" -p "$DNS_PORT" _xmpp-server._tcp.sip.test SRV)" ] ||
        die "BIND does not know _xmpp-server._tcp.sip.test"
}

# administer ARGUMENT…: isthmusctl; what it says is in $state/isthmusctl.out.
administer() {
    narrate "  \$ isthmusctl $*"
    "$state/isthmusctl" "$@" >"$state/isthmusctl.out" 2>&1 || { cat "$state/isthmusctl.out" >&2; die "isthmusctl $*"; }
}

narrate() { [ -z "${narrate:-}" ] || say "$*"; }

edges_are_current() {
    "$state/isthmusctl" edge list -o json | python3 -c 'import json, sys
edges = json.load(sys.stdin)
sys.exit(not (len(edges) == 2 and all(edge["policy-current"] for edge in edges)))'
}

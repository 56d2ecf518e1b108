# Sourced: real peers on loopback, for the demonstration and the tests. Needs common.sh, $state, $run_dir and $log_dir.
#
# PEERS_NET is a /24 of the loopback, so that the well-known ports are free whatever else the machine runs.
PEERS_NET=${PEERS_NET:-127.0.77}
# BIND serves only addresses that an interface has, and the loopback has this one.
DNS_ADDRESS=${DNS_ADDRESS:-127.0.0.1}
DNS_PORT=${DNS_PORT:-15353}
# With any value sip.test has DNSSEC, and $state/bind/anchors its key.
DNS_SIGNED=${DNS_SIGNED:-}
PROSODY_ADDRESS=$PEERS_NET.11
PROSODY_S2S_PORT=5269
PROSODY_C2S_PORT=5222
PROSODY_COMPONENT_PORT=5347
PROSODY_SECURE_AUTH=${PROSODY_SECURE_AUTH:-true}
PROSODY_LOG_LEVEL=${PROSODY_LOG_LEVEL:-info}
# More modules, each with a comma before it: ', "s2s_bidi"'.
PROSODY_MODULES=${PROSODY_MODULES:-}
EDGE_ADDRESS=$PEERS_NET.21
SIP_ADDRESS=$PEERS_NET.31

# fill TEMPLATE TARGET: replaces the @NAME@ in a template of Scripts/lib/conf.
fill() {
    sed -e "s#@STATE@#$state#g" -e "s#@ROOT@#$root#g" -e "s#@DNS_ADDRESS@#$DNS_ADDRESS#g" -e "s#@DNS_PORT@#$DNS_PORT#g" \
        -e "s#@PEERS_NET@#$PEERS_NET#g" -e "s#@DNS_SIGNING@#${DNS_SIGNED:+ dnssec-policy default;}#g" -e "s#@SIP_ADDRESS@#$SIP_ADDRESS#g" \
        -e "s#@TSIG_SECRET@#${TSIG_SECRET:-}#g" -e "s#@PROSODY_ADDRESS@#$PROSODY_ADDRESS#g" \
        -e "s#@PROSODY_S2S_PORT@#$PROSODY_S2S_PORT#g" -e "s#@PROSODY_C2S_PORT@#$PROSODY_C2S_PORT#g" \
        -e "s#@PROSODY_MODULES@#$PROSODY_MODULES#g" \
        -e "s#@PROSODY_SECURE_AUTH@#$PROSODY_SECURE_AUTH#g" -e "s#@PROSODY_LOG_LEVEL@#$PROSODY_LOG_LEVEL#g" \
        "$root/Scripts/lib/conf/$1" >"$2"
}

# make_partner_certificate: a CA of the partner's and the certificate of xmpp.test, in $state/ca.
make_partner_certificate() {
    local ca=$state/ca
    mkdir -p "$ca"
    [ ! -f "$ca/xmpp.test.crt" ] || return 0
    {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Partner CA" \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
            -keyout "$ca/partner-ca.key" -out "$ca/partner-ca.crt"
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=xmpp.test" \
            -keyout "$ca/xmpp.test.key" -out "$ca/xmpp.test.csr"
        printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
            extendedKeyUsage=serverAuth,clientAuth subjectAltName=DNS:xmpp.test >"$ca/xmpp.test.ext"
        openssl x509 -req -in "$ca/xmpp.test.csr" -extfile "$ca/xmpp.test.ext" -days 30 -CAcreateserial \
            -CA "$ca/partner-ca.crt" -CAkey "$ca/partner-ca.key" -out "$ca/xmpp.test.crt"
    } 2>/dev/null || die "openssl could not make the partner's certificate"
    # Prosody may run as a user of its own; these keys live as long as the demonstration.
    chmod 644 "$ca"/*.key
}

# prepare_bind: the zones xmpp.test and sip.test; the second takes updates signed with $state/secrets/tsig.
prepare_bind() {
    mkdir -p "$state/bind" "$state/secrets"
    TSIG_SECRET=$(openssl rand -base64 32)
    (umask 077 && printf 'hmac-sha256:isthmus:%s\n' "$TSIG_SECRET" >"$state/secrets/tsig")
    fill named.conf.in "$state/bind/named.conf"
    fill xmpp.test.zone.in "$state/bind/xmpp.test.zone"
    fill sip.test.zone.in "$state/bind/sip.test.zone"
}

start_bind() {
    prepare_bind
    start_process bind named -f -g -c "$state/bind/named.conf"
    wait_until 60 "BIND" dig +time=1 +tries=1 "@$DNS_ADDRESS" -p "$DNS_PORT" xmpp.test SOA ||
        { show_log bind; return 1; }
    [ -z "$DNS_SIGNED" ] || wait_until 60 "BIND to sign sip.test" take_anchor
}

# take_anchor: the key of sip.test for resolvers.
take_anchor() {
    dig +noall +answer "@$DNS_ADDRESS" -p "$DNS_PORT" sip.test DNSKEY | grep 'DNSKEY[[:space:]]257' >"$state/bind/anchors"
}

# prepare_prosody [TRUSTED-CERTIFICATE…]: xmpp.test, which trusts the partner's CA and what is named.
prepare_prosody() {
    make_partner_certificate
    cat "$state/ca/partner-ca.crt" "$@" >"$state/ca/trusted.crt"
    mkdir -p "$state/prosody/data" "$state/prosody/certs" "$state/prosody/conf.d"
    fill prosody.cfg.lua.in "$state/prosody/prosody.cfg.lua"
}

# split_domain: split.test is a domain of ours whose users romeo and benvolio live on this Prosody, to which the gateway attaches as
# the component isthmus.split.test.
split_domain() {
    local secret=$state/secrets/component user
    mkdir -p "$state/prosody/conf.d" "$state/secrets"
    (umask 077 && openssl rand -hex 16 >"$secret")
    cat >"$state/prosody/conf.d/z-split.cfg.lua" <<END
component_interfaces = { "$PROSODY_ADDRESS" }
component_ports = { $PROSODY_COMPONENT_PORT }
VirtualHost "split.test"
    modules_enabled = { "isthmus_partition" }
    isthmus_component = "isthmus.split.test"
Component "isthmus.split.test"
    component_secret = "$(cat "$secret")"
    validate_from_addresses = false
END
    prosody_users+=(romeo@split.test benvolio@split.test)
}

prosody_users=(romeo@xmpp.test benvolio@xmpp.test)

# start_prosody [TRUSTED-CERTIFICATE…]: with the users romeo and benvolio, whose password is their name.
start_prosody() {
    prepare_prosody "$@"
    local user
    for user in "${prosody_users[@]}"; do
        prosodyctl --config "$state/prosody/prosody.cfg.lua" register "${user%@*}" "${user#*@}" "${user%@*}" >>"$log_dir/prosody.log" 2>&1 ||
            { show_log prosody; return 1; }
    done
    launch_prosody
}

# launch_prosody: as it was prepared.
launch_prosody() {
    start_process prosody prosody -F --config "$state/prosody/prosody.cfg.lua"
    wait_until 60 "Prosody" port_open "$PROSODY_ADDRESS" "$PROSODY_C2S_PORT" || { show_log prosody; return 1; }
}

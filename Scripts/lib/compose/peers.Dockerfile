# The peers of `make compose-test`: Prosody, BIND, SIPp and Python on the base image.
FROM debian:bookworm-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends prosody lua-unbound bind9 \
        bind9-dnsutils sip-tester python3-minimal libpython3-stdlib procps \
    && rm -rf /var/lib/apt/lists/*

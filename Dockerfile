# One image per executable: docker build --build-arg SERVICE=xmpp-edge .
# The build stage is the same for all of them, so that it runs once.
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${RUNTIME_IMAGE} AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libzmq5 libssl3 libexpat1 libunbound8 libldns3 \
        libidn2-0 libpq5 libprotobuf-c1 libsqlite3-0 libcurl4 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10000 isthmus \
    && useradd --uid 10000 --gid isthmus --home-dir /var/lib/isthmus --shell /usr/sbin/nologin isthmus \
    && install -d -o isthmus -g isthmus -m 0700 /var/lib/isthmus /run/isthmus/keys /keys/all /keys/xmpp-edge \
        /keys/sip-edge /keys/policy-service /keys/dialback-authority /keys/cert-service /keys/dns-publisher

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends pkg-config libzmq3-dev libssl-dev libexpat1-dev libunbound-dev \
        libldns-dev libidn2-dev libpq-dev libprotobuf-c-dev libsqlite3-dev zlib1g-dev libcurl4-openssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Shared Shared
COPY Services Services
COPY Tests Tests
RUN swift build --configuration release --static-swift-stdlib \
    && mkdir /executables \
    && for name in xmpp-edge sip-edge policy-service dialback-authority cert-service dns-publisher isthmusctl; do \
        install -s ".build/release/$name" /executables/; done

FROM runtime
ARG SERVICE
COPY --from=build /executables/${SERVICE} /usr/local/bin/isthmus
USER isthmus
WORKDIR /var/lib/isthmus
ENTRYPOINT ["/usr/local/bin/isthmus"]

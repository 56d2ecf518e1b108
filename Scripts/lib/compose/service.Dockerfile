# A service whose executable was built outside, for `make compose-test`: the runtime image of Dockerfile, Swift's
# libraries, the executable. An image from Dockerfile alone has the same layout.
FROM isthmus-test/runtime
USER root
COPY swift /usr/local/lib/swift
RUN echo /usr/local/lib/swift > /etc/ld.so.conf.d/swift.conf && ldconfig
ARG SERVICE
COPY ${SERVICE} /usr/local/bin/isthmus
USER isthmus
WORKDIR /var/lib/isthmus
ENTRYPOINT ["/usr/local/bin/isthmus"]

# One image for all functions: the command picks the step, as in `node dist/learn/start.js`.
#
# Each function is one bundle with a compile cache, made here by the very Node that will run it, under the very path and user:
# V8 takes a cache from no other version, and Node looks for it by path and user. What runs has neither a shell nor a package
# manager: Node, the libraries it is linked against, and the bundles.
ARG BASE=node:24-slim

FROM ${BASE} AS build
WORKDIR /wadi
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --loglevel=error
COPY functions functions
COPY LICENSE LICENSE
RUN chown 1000:1000 .
USER 1000:1000
RUN node functions/bundle.ts dist
USER 0:0
# What Node is linked against, the loader too, wherever this architecture has them.
RUN mkdir -p /run-root/usr/local/bin /run-root/wadi /run-root/tmp \
 && cp "$(command -v node)" /run-root/usr/local/bin/node \
 && for library in $(ldd "$(command -v node)" | grep -o '/[^ ]*'); do cp --parents -L "$library" /run-root; done \
 && cp -a dist package.json LICENSE /run-root/wadi/ \
 && chmod 1777 /run-root/tmp \
 && echo "The image: $(du -sm /run-root | cut -f1) MB, $(du -sm /run-root/wadi | cut -f1) MB of them Wadi, the rest Node $(node -p process.versions.node)"

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Wadi" \
      org.opencontainers.image.description="Event-driven online machine learning on Knative: all functions; the command picks the step" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /run-root /
WORKDIR /wadi
# Without bounds Node lets garbage grow with the machine. A young generation of 1 MB would save an idle function 2 MB, and cost a
# busy one a quarter of its rate: instead a function that is quiet collects its garbage, after which the young generation is small again.
ENV PATH=/usr/local/bin NODE_ENV=production NODE_OPTIONS="--max-semi-space-size=16 --max-old-space-size=160" MALLOC_ARENA_MAX=1
USER 1000:1000
EXPOSE 8080
ENTRYPOINT ["node"]
CMD ["dist/wadi/main.js", "--help"]

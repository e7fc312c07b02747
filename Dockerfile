# syntax=docker/dockerfile:1
# The server in an image: the folder that `./dev ship` makes, on Node.js, and nothing else.
# tests/journeys/ship.test.ts proves the same folder: as another user, on a read-only root, within 1 GB.

FROM node:24-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN ./dev ship /opt/latchstring \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/latchstring/data /var/lib/latchstring/key

FROM node:24-bookworm-slim
COPY --from=build /opt/latchstring /opt/latchstring
COPY --from=build --chown=10001:10001 /var/lib/latchstring /var/lib/latchstring
# Data and master key are two volumes, so that a copy of one opens nothing.
ENV NODE_ENV=production \
    LATCHSTRING_DATA=/var/lib/latchstring/data \
    LATCHSTRING_KEY_FILE=/var/lib/latchstring/key/master.key
VOLUME ["/var/lib/latchstring/data", "/var/lib/latchstring/key"]
USER 10001:10001
WORKDIR /var/lib/latchstring
ENV PATH=/opt/latchstring/bin:$PATH
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["latchstring", "health"]
ENTRYPOINT ["latchstring"]
CMD ["serve"]

# The single executable, built from this repository.
FROM oven/bun:1.4.5 AS build
WORKDIR /build
COPY package.json bun.lock ./
RUN bun install --frozen-lockfile --no-progress
COPY . .
RUN bun run build

FROM debian:12.11-slim
RUN useradd --create-home --uid 10001 operator && install -d -m 0700 -o operator /var/lib/operator
COPY --from=build /build/dist/operator /usr/local/bin/operator
USER operator
ENV OPERATOR_HOME=/var/lib/operator
VOLUME /var/lib/operator
ENTRYPOINT ["operator"]

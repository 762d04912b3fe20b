# go-ycsb at a tag: no maintained image of it exists.
FROM golang:1.23.6-bookworm AS build
ARG VERSION=v1.0.1
RUN git clone --depth 1 --branch "$VERSION" https://github.com/pingcap/go-ycsb /src
WORKDIR /src
RUN go build -o /go-ycsb ./cmd/go-ycsb

FROM debian:12.11-slim
RUN useradd --uid 10001 ycsb
COPY --from=build /go-ycsb /usr/local/bin/go-ycsb
COPY --from=build /src/workloads /workloads
USER ycsb
ENTRYPOINT ["go-ycsb"]

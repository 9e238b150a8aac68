# A static binary that runs as nobody. Scenarios are built elsewhere: give this
# image the source of one at /scenario, or its own loadforge build as the
# coordinator's program.
FROM golang:1.25 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /loadforge ./cmd/loadforge

FROM scratch
COPY --from=build /loadforge /loadforge
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/loadforge"]

#!/usr/bin/env bash
# A Go program that reads Parquet through arrow-go's pqarrow links gRPC, protobuf and an HTTP/2 client: pqarrow imports
# arrow/flight. The package below it, parquet/file, does not (apache/thrift still brings net/http).
# Seen with github.com/apache/arrow-go/v18 v18.8.0 and Go 1.26.
set -euo pipefail
cd "$(mktemp -d)"
cat > go.mod <<'M'
module x
go 1.26.0
require github.com/apache/arrow-go/v18 v18.8.0
M
cat > main.go <<'G'
package main

import (
	_ "github.com/apache/arrow-go/v18/parquet/file"
	_ "github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func main() {}
G
export GOFLAGS=-mod=mod
go mod tidy >/dev/null 2>&1
high=$(go list -deps github.com/apache/arrow-go/v18/parquet/pqarrow | grep -c '^google.golang.org/grpc' || true)
low=$(go list -deps github.com/apache/arrow-go/v18/parquet/file | grep -c '^google.golang.org/grpc' || true)
echo "packages of gRPC behind pqarrow: $high, behind parquet/file: $low"
[ "$high" -gt 10 ] && [ "$low" -eq 0 ]

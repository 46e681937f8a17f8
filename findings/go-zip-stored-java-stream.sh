#!/usr/bin/env bash
# A zip that Go's archive/zip writes as a stream with an uncompressed (Store) entry cannot be read by Java's
# java.util.zip.ZipInputStream: "only DEFLATED entries can have EXT descriptor". java.util.zip.ZipFile and unzip read it.
# Seen with Go 1.26 and OpenJDK 17.
set -euo pipefail
cd "$(mktemp -d)"
cat > go.mod <<'M'
module x
go 1.26.0
M
cat > main.go <<'G'
package main

import (
	"archive/zip"
	"os"
)

func main() {
	f, _ := os.Create("x.zip")
	z := zip.NewWriter(f)
	w, _ := z.CreateHeader(&zip.FileHeader{Name: "a.txt", Method: zip.Store})
	w.Write([]byte("hello"))
	z.Close()
	f.Close()
}
G
go run .
cat > R.java <<'J'
import java.io.FileInputStream;
import java.util.zip.*;

class R {
  public static void main(String[] a) throws Exception {
    String stream = "read";
    try (ZipInputStream z = new ZipInputStream(new FileInputStream("x.zip"))) {
      z.getNextEntry();
    } catch (ZipException e) {
      stream = e.getMessage();
    }
    String file = new String(new ZipFile("x.zip").getInputStream(new ZipEntry("a.txt")).readAllBytes());
    System.out.println("ZipInputStream: " + stream + "\nZipFile: " + file);
    if (!stream.contains("only DEFLATED entries can have EXT descriptor") || !file.equals("hello")) System.exit(1);
  }
}
J
java R.java

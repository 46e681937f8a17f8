// Package signing makes and checks the signatures by which a certificate or an
// evidence pack can be relied on without trusting whoever sent it: signatures
// inside PDF documents, signatures over files, and the seal printed as a QR code.
package signing

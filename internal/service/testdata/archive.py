"""Adds what archives add to a signed PDF, by pyHanko: archive.py MODE IN.pdf OUT.pdf ROOT.pem

MODE is dss (validation data), stamp (a document timestamp by an authority made
here) or both.
"""

import sys
from datetime import datetime, timezone

from asn1crypto import keys, x509
from cryptography import x509 as cx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from datetime import timedelta
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore


def authority():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = cx.Name([cx.NameAttribute(NameOID.COMMON_NAME, "Timestamps of a test")])
    now = datetime.now(timezone.utc)
    cert = (
        cx.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        .add_extension(cx.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return DummyTimeStamper(
        tsa_cert=x509.Certificate.load(cert.public_bytes(serialization.Encoding.DER)),
        tsa_key=keys.PrivateKeyInfo.load(der),
    )


def main():
    mode, source, target, roots = sys.argv[1:5]
    data = open(source, "rb").read()
    import io

    if mode in ("dss", "both"):
        out = io.BytesIO(data)
        sig = PdfFileReader(out).embedded_regular_signatures[0]
        certs = list(load_certs_from_pemder([roots]))
        DocumentSecurityStore.add_dss(out, sig_contents=sig.pkcs7_content.hex().encode("ascii").upper(), certs=certs)
        data = out.getvalue()
    if mode in ("stamp", "both"):
        out = io.BytesIO(data)
        signers.PdfTimeStamper(authority()).timestamp_pdf(IncrementalPdfFileWriter(out), "sha256", in_place=True)
        data = out.getvalue()
    open(target, "wb").write(data)


main()

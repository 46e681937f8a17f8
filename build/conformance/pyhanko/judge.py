"""Asks pyHanko what it thinks of signed PDF files: judge.py ROOT.pem FILE.pdf…

Prints one line for each signature: file, check, "pass" or "fail", and what
pyHanko says, with tabs between. A file passes when each signature is intact,
of the PAdES subfilter, covers what it should, chains to the root, and nothing
was changed afterwards that the certification forbids.

Revocation is not judged: an organisation that is its own certification
authority publishes none. Its signed list is what Assay checks.
"""

import logging
import sys

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


def say(path, ok, detail):
    print(path, "PAdES", "pass" if ok else "fail", " ".join(str(detail).split()), sep="\t")


def judge(path, roots):
    with open(path, "rb") as f:
        signatures = PdfFileReader(f, strict=True).embedded_regular_signatures
        if not signatures:
            say(path, False, "no signature")
        for n, s in enumerate(signatures):
            context = ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")
            status = validate_pdf_signature(s, signer_validation_context=context)
            subfilter = str(s.sig_object.get("/SubFilter"))
            last = n == len(signatures) - 1
            covers = status.coverage == SignatureCoverageLevel.ENTIRE_FILE or not last
            unchanged = status.modification_level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES) or not last
            ok = status.bottom_line and subfilter == "/ETSI.CAdES.detached" and covers and unchanged
            say(path, ok, f"{subfilter[1:]} {status.summary()} by {status.signing_cert.subject.human_friendly}")


def main():
    logging.disable(logging.CRITICAL)
    # The file may hold the assessors' certificates as well.
    roots = [c for c in load_certs_from_pemder([sys.argv[1]]) if c.self_issued]
    for path in sys.argv[2:]:
        try:
            judge(path, roots)
        except Exception as e:  # whatever it cannot read is not valid
            say(path, False, f"{type(e).__name__}: {e}")


main()

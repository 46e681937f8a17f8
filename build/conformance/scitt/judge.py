"""Asks scitt-cose, pycose and securesystemslib what they think of what Assay hands to
other programs: judge.py FOLDER.

The folder holds root.pem (the trust file), log-key.txt (the statement of the log's keys),
certificates as PDF, statements (.scitt) and in-toto envelopes (.intoto.json). Prints a line for each check:
file, check, "pass" or "fail", and why, with tabs between.

scitt-cose checks neither issuer, subject nor key id of a receipt, which RFC 9943 asks for: this
program does.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys

import cbor2
import scitt_cose
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pycose.keys import CoseKey
from pycose.messages import Sign1Message
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

CLAIMS, RECEIPTS, TREE, PROOFS = 15, 394, 395, 396


def pem(key):
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key):
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).digest()


def say(path, check, ok, detail=""):
    print(path, check, "pass" if ok else "fail", " ".join(str(detail).split()) or "-", sep="\t")


def attempt(path, check, f):
    try:
        say(path, check, True, f())
    except Exception as e:  # whatever it does not take is a failure
        say(path, check, False, f"{type(e).__name__}: {e}")


def need(ok, what):
    if not ok:
        raise ValueError(what)


def tampered(f, *a, **k):
    """True where a call refuses, by an exception or by its answer."""
    try:
        r = f(*a, **k)
    except Exception:
        return True
    return getattr(r, "ok", r) in (False, None)


def statement(path, people, log):
    raw = path.read_bytes()
    message = cbor2.loads(raw)
    need(message.tag == 18, "no COSE_Sign1")
    protected, unprotected, payload, _ = message.value
    headers = cbor2.loads(protected)
    key = people[headers[4]]
    # It raises nothing where a signature does not hold: the answer says so.
    verified = lambda data: scitt_cose.parse_signed_statement(data, public_key_pem=pem(key))["signature_verified"]
    need(verified(raw), "the signature")
    need(headers[CLAIMS][1].startswith("urn:uuid:") and headers[CLAIMS][2] == path.stem, "issuer or subject")
    need(json.loads(payload)["number"] == path.stem, "the payload is of another certificate")
    flipped = bytearray(raw)
    flipped[raw.index(payload) + 20] ^= 1
    need(tampered(verified, bytes(flipped)), "a changed payload passes")
    return f"issuer {headers[CLAIMS][1]}"


def receipt(path, people, log):
    raw = path.read_bytes()
    protected, unprotected, payload, signature = cbor2.loads(raw).value
    subject = cbor2.loads(protected)[CLAIMS][2]
    bare = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]), canonical=True)
    (got,) = scitt_cose.extract_receipts(raw)
    head, body, none, _ = cbor2.loads(got).value
    head = cbor2.loads(head)
    leaf = body["assay-leaf"]
    need(none is None and head[TREE] == 1 and head[4] == fingerprint(log["key"]), "payload, tree or key id")
    need(head[CLAIMS] == {1: log["origin"], 2: subject}, f"claims {head[CLAIMS]}")
    result = scitt_cose.verify_receipt(got, leaf_entry_hex=leaf.hex(), log_public_key_pem=pem(log["key"]))
    need(result.ok, result.errors)
    entry = json.loads(leaf)
    need({"name": "scitt-statement", "sha256": hashlib.sha256(bare).hexdigest()} in entry["digests"], "the leaf names another statement")
    need(entry["seq"] == result.leaf_index + 1, "the leaf's place")
    other = leaf.replace(b'"seq":', b'"seq": ')
    need(tampered(scitt_cose.verify_receipt, got, leaf_entry_hex=other.hex(), log_public_key_pem=pem(log["key"])), "another leaf passes")
    return f"entry {entry['seq']} of {result.tree_size}"


def second(path, people, log):
    """The same statement and receipt by pycose."""
    raw = path.read_bytes()
    m = Sign1Message.decode(raw)
    key = people[cbor2.loads(m.phdr_encoded)[4]]
    m.key = CoseKey.from_pem_public_key(pem(key).decode())
    need(m.verify_signature(), "the statement's signature")
    (got,) = scitt_cose.extract_receipts(raw)
    leaf = cbor2.loads(got).value[1]["assay-leaf"]
    root = scitt_cose.verify_receipt(got, leaf_entry_hex=leaf.hex(), log_public_key_pem=pem(log["key"])).root
    r = Sign1Message.decode(got)
    r.key = CoseKey.from_pem_public_key(pem(log["key"]).decode())
    need(r.verify_signature(detached_payload=bytes.fromhex(root)), "the receipt's signature")
    return "statement and receipt"


def intoto(path, people, log):
    envelope = Envelope.from_dict(json.loads(path.read_text()))
    (keyid,) = list(envelope.signatures)
    # The guide's way: the key under the fingerprint that is printed.
    key = SSlibKey.from_crypto(people[bytes.fromhex(keyid)], keyid=keyid)
    envelope.verify([key], 1)
    said = json.loads(envelope.payload)
    pdf = path.with_name(path.name.removesuffix(".intoto.json") + ".pdf")
    need(said["subject"][0] == {"name": pdf.name, "digest": {"sha256": hashlib.sha256(pdf.read_bytes()).hexdigest()}}, "subject")
    numbers = [v for c in said["predicate"]["counts"].values() for v in c.values()] + [said["predicate"]["log"]["entries"]]
    need(all(isinstance(v, str) for v in numbers), "a number that is no text")
    envelope.payload = envelope.payload.replace(b"met", b"Met", 1)
    need(tampered(lambda: envelope.verify([key], 1) or True), "a changed payload passes")
    return f"{len(said['predicate']['counts'])} rules"


def main():
    folder = pathlib.Path(sys.argv[1])
    people = {}
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", (folder / "root.pem").read_text(), re.S)
    for block in blocks:
        key = x509.load_pem_x509_certificate(block.encode()).public_key()
        people[fingerprint(key)] = key
    lines = (folder / "log-key.txt").read_text().splitlines()
    name, _, key = lines[3].removeprefix("key ").split("+", 2)
    log = {"origin": name, "key": Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])}
    for path in sorted(folder.glob("*.scitt")):
        attempt(path, "SCITT statement", lambda: statement(path, people, log))
        attempt(path, "receipt", lambda: receipt(path, people, log))
        attempt(path, "pycose", lambda: second(path, people, log))
    for path in sorted(folder.glob("*.intoto.json")):
        attempt(path, "DSSE", lambda: intoto(path, people, log))


main()

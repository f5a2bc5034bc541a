"""A throw-away authority and its certificate for loopback: boto3 sends an API key over TLS only.

`cryptography`, which moto brings, is imported when a certificate is made.
"""

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Final

_VALID: Final = timedelta(days=7)
_SKEW: Final = timedelta(days=1)


@dataclass(frozen=True)
class Certificates:
    """`authority` is the path of a PEM file that clients trust (AWS_CA_BUNDLE), `context` is the server's."""

    authority: Path
    context: ssl.SSLContext


def make_certificates(folder: Path, host: str) -> Certificates:
    """An authority, and a certificate of it for an IP address, as files in the folder."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(timezone.utc)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Local AWS authority", host)
    )

    def certificate(
        subject: x509.Name, of: ec.EllipticCurvePrivateKey, extensions: list[x509.ExtensionType]
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(
            issuer_name=authority_name,
            subject_name=subject,
            public_key=of.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - _SKEW,
            not_valid_after=now + _VALID,
        )
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
        for extension in (*extensions, identifier, x509.SubjectKeyIdentifier.from_public_key(of.public_key())):
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(authority_key, hashes.SHA256())

    signs = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    root = certificate(authority_name, authority_key, [x509.BasicConstraints(ca=True, path_length=0), signs])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host)), x509.DNSName("localhost")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    leaf = certificate(name, key, [x509.BasicConstraints(ca=False, path_length=None), names, usage])
    pem = serialization.Encoding.PEM
    authority, chain, secret = (folder / file for file in ("authority.pem", "certificate.pem", "key.pem"))
    authority.write_bytes(root.public_bytes(pem))
    chain.write_bytes(leaf.public_bytes(pem))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return Certificates(authority, context)

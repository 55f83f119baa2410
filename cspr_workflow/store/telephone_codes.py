"""The second factor: six digits every half minute, as any authenticator app works them out (TOTP)."""

from datetime import datetime
from hmac import compare_digest

from pyotp import TOTP, random_base32

_DRIFT = 1
"""A telephone's clock may be so many steps off, either way."""


class TelephoneCodes:
    """Codes for the accounts of one partnership; ``issuer`` is what the telephone calls it."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def new_secret(self) -> str:
        """A secret for a new telephone."""
        return random_base32()

    def address(self, secret: str, sign_in: str) -> str:
        """The secret as telephones read it from a picture (``otpauth://``)."""
        return TOTP(secret).provisioning_uri(name=sign_in, issuer_name=self._issuer)

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """The time step of a code, of those around now; ``None`` where it is the code of none."""
        codes = TOTP(secret)
        given = "".join(code.split()).encode(errors="replace")
        present = codes.timecode(now)
        around = range(present - _DRIFT, present + _DRIFT + 1)
        right = [
            step for step in around if compare_digest(codes.generate_otp(step).encode(), given)
        ]
        return max(right, default=None)

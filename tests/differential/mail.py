"""mail.py - reads messages in hex, one a line, and says as JSON what Python's email package finds in each."""
import base64
import email
import email.header
import email.policy
import email.utils
import json
import sys


# Not `.addresses` of the newer policy, whose reader of phrases puts a space between adjacent encoded words on two lines (RFC 2047, 6.2: none).
def boxes(field):
    pairs = email.utils.getaddresses([field.replace("\r\n", "")])
    return [[str(email.header.make_header(email.header.decode_header(name))), address] for name, address in pairs]


def read(data):
    m = email.message_from_bytes(data, policy=email.policy.default)
    raw = email.message_from_bytes(data, policy=email.policy.compat32)
    return {
        "from": boxes(raw["From"]),
        "to": boxes(raw["To"]),
        "subject": str(m["Subject"]),
        "date": m["Date"].datetime.timestamp(),
        "id": str(m["Message-ID"]),
        "importance": m["Importance"] and str(m["Importance"]),
        "references": m["References"] and str(m["References"]),
        "in_reply_to": m["In-Reply-To"] and str(m["In-Reply-To"]),
        "type": [m.get_content_type(), m.get_content_charset()],
        # not get_content(), which joins lines by "\n"
        "text": base64.b64encode(m.get_payload(decode=True)).decode(),
        "defects": [repr(d) for d in m.defects] + [repr(d) for k in m.keys() for d in m[k].defects],
    }


for line in sys.stdin:
    print(json.dumps(read(bytes.fromhex(line))))

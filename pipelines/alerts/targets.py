"""Sending a message to a target: SMTP, Slack-style webhooks, signed webhooks; secrets come from the environment.

Belongs here: one message to one target. Does not belong here: which messages (``sending``), wording (``messages``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import ssl
import time
from collections.abc import Mapping
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import requests

from pipelines.alerts.messages import Message
from pipelines.alerts.rules import Mail, Slack, Target, Webhook

_SECONDS = 10
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
SIGNATURE = "X-ChurnIQ-Signature"


class NotDeliveredError(Exception):
    """Why a message did not arrive: one sentence, without any secret."""


def missing_variables(target: Target, environment: Mapping[str, str]) -> list[str]:
    """The variables that a target still needs; empty where it is configured."""
    needed = [value for name, value in target if name not in {"kind", "secret"}]
    return [str(name) for name in needed if not environment.get(str(name))]


def send(target: Target, message: Message, environment: Mapping[str, str]) -> None:
    """Send a message; raises ``NotDeliveredError`` unless the other side has taken it."""
    match target:
        case Mail():
            _mail(target, message, environment)
        case Slack():
            text = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            _post(environment[target.url], json.dumps({"text": text}).encode(), {})
        case Webhook():
            body = json.dumps(message.json, ensure_ascii=False).encode()
            secret = environment.get(target.secret or "", "")
            _post(
                environment[target.url], body, {SIGNATURE: signature(secret, body, int(time.time()))} if secret else {}
            )


def signature(secret: str, body: bytes, at: int) -> str:
    """``t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">``, as receivers of Stripe's webhooks know it."""
    digest = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _mail(target: Mail, message: Message, environment: Mapping[str, str]) -> None:
    server = urlsplit(environment[target.server])
    if server.scheme not in _PORTS or not server.hostname:
        raise NotDeliveredError(f"{target.server} is no address such as smtp+starttls://user:password@mail.example.com")
    if server.scheme == "smtp" and server.username and not _is_loopback(server.hostname):
        raise NotDeliveredError(f"{target.server} would send a password unencrypted: use smtp+starttls or smtps")
    mail = EmailMessage()
    try:
        mail["Subject"] = message.subject
        mail["From"] = environment[target.sender]
        mail["To"] = environment[target.to]
        mail["X-ChurnIQ-Environment"] = message.environment
        mail.set_content(message.text)
        port = server.port or _PORTS[server.scheme]
        context = ssl.create_default_context()
        opened = (
            smtplib.SMTP_SSL(server.hostname, port, timeout=_SECONDS, context=context)
            if server.scheme == "smtps"
            else smtplib.SMTP(server.hostname, port, timeout=_SECONDS)
        )
        with opened as connection:
            if server.scheme == "smtp+starttls":
                connection.starttls(context=context)
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            refused = connection.send_message(mail)
    except smtplib.SMTPResponseException as error:
        raise NotDeliveredError(f"the mail server answered {error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise NotDeliveredError("the mail server refused every recipient") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotDeliveredError(f"the mail server could not be used ({type(error).__name__})") from error
    if refused:
        raise NotDeliveredError(f"the mail server refused {len(refused)} recipients")


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Post JSON; an address may hold a secret, so no error repeats it."""
    address = urlsplit(url)
    if address.scheme != "https" and not (address.scheme == "http" and _is_loopback(address.hostname or "")):
        raise NotDeliveredError("the address of the webhook is not https")
    try:
        answer = requests.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise NotDeliveredError(f"the webhook could not be reached ({type(error).__name__})") from error
    if not 200 <= answer.status_code < 300:
        raise NotDeliveredError(f"the webhook answered {answer.status_code}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

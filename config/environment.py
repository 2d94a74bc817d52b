"""Everything that may be set from outside, with its type, default and meaning.

`docs/reference/settings.md` is generated from this class, so a description here is documentation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Environment(BaseSettings):
    """Settings read from variables with prefix `HUYING_` (and `DATABASE_URL`)."""

    model_config = SettingsConfigDict(env_prefix="HUYING_", env_file=None, extra="ignore")

    database_url: str = Field(
        "",
        validation_alias="DATABASE_URL",
        description="PostgreSQL 15–18 as the application role. Empty: the embedded database in the data directory.",
    )
    owner_database_url: str = Field(
        "", description="The same database with the owner role that migrates. Empty: `DATABASE_URL`."
    )
    direct_database_url: str = Field(
        "",
        description="The same database past a connection pooler such as pgbouncer, for sessions that listen or keep a "
        "lock. Empty: `DATABASE_URL`.",
    )
    data_dir: Path = Field(
        Path(".huying"), description="Embedded database, attachments and keys live here unless set elsewhere."
    )
    keys_dir: Path | None = Field(
        None,
        description="Directory of the key files (contacts, look-up hash, anchors, sessions), apart from the database. "
        "Empty: `keys` in the data directory. Keep it out of the back-up of the database.",
    )
    media_dir: Path | None = Field(None, description="Attachments. Empty: `media` in the data directory.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs sessions and forms. Empty: made once and kept in the keys directory."
    )
    debug: bool = Field(False, description="Developer's error pages. Never in production.")
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["localhost", "127.0.0.1", "[::1]"],
        description="Host names that this server answers to, separated by commas.",
    )
    csrf_trusted_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Origins (https://…) whose forms are accepted, separated by commas."
    )
    secure_cookies: bool = Field(
        False, description="Send cookies over HTTPS only, with HSTS. Set it wherever TLS stands in front."
    )
    district_code: str = Field("420106", description="National code (6 digits) of the district served.")
    district_name: str = Field("武昌区", description="Its name, as printed on pages and documents.")
    number_prefix: str = Field("WC", description="Prefix of the numbers of its matters.")
    cipher: Literal["AES-GCM", "SM4-GCM"] = Field(
        "AES-GCM", description="Cipher for new personal data; SM4-GCM where national algorithms are required."
    )
    process: Literal["web", "worker", "command"] = Field(
        "command", description="What this process is. Set by the program itself, not by hand."
    )
    pool_max_size: int = Field(8, description="Database connections kept by one web process. 0: a new one each time.")
    web_threads: int = Field(8, description="Threads that render pages in one web process.")
    session_hours: int = Field(12, description="A staff session ends after so many hours without use.")
    second_factor_roles: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["administrator"],
        description="Roles (keys, separated by commas) that may only be acted in with a second factor.",
    )
    log_format: Literal["text", "json"] = Field("text", description="`json` writes one structured object a line.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for `/metrics`. Empty: it answers this machine only."
    )
    tile_url: str = Field(
        "",
        description="Background map, a tile template such as https://…/{z}/{x}/{y}.png in WGS-84 or CGCS2000 (天地图). "
        "Empty: our own outlines only, nothing is fetched from outside.",
    )
    tile_attribution: str = Field("", description="Copyright line that the owner of the background map asks for.")
    drafting_url: str = Field(
        "",
        description="Base address of a service with `/chat/completions`, such as https://…/v1, that drafts replies "
        "and summaries. Personal data are masked before anything is sent. Empty: there is none, nothing is sent.",
    )
    drafting_key: SecretStr = Field(SecretStr(""), description="Its key. Empty: it is asked without one.")
    drafting_model: str = Field("", description="The name of the model, as that service calls it.")
    drafting_seconds: int = Field(60, description="A draft that is not written after so many seconds has failed.")
    sms_platform: Literal["", "generic", "aliyun"] = Field(
        "",
        description="Platform of short messages: `aliyun`, or `generic`, any of HTTP as `HUYING_SMS_MAPPING` says. "
        "Empty: there is none, and the console writes to the log what would be sent.",
    )
    sms_url: str = Field("", description="Its address where that is not the usual one (`aliyun`).")
    sms_key: str = Field("", description="Our name there (AccessKey ID).")
    sms_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    sms_sign: str = Field("", description="Signature of our messages, without 【】, as registered.")
    sms_mapping: Path | None = Field(
        None, description="File that says how a `generic` platform is spoken to: `docs/how-to/sms.md`."
    )
    sms_seconds: int = Field(
        15, description="A send that is not answered after so many seconds has an unknown outcome."
    )
    sms_callback_token: SecretStr = Field(
        SecretStr(""), description="Secret that receipts and replies have to bring. Empty: none are accepted."
    )
    max_attachment_mb: int = Field(20, description="Largest attachment accepted, in megabytes.")
    channels: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: [
            "huying.matters.channels.InApp",
            "huying.matters.channels.Console",
        ],
        description="Outbound channels of messages, dotted paths separated by commas.",
    )

    @field_validator("allowed_hosts", "csrf_trusted_origins", "second_factor_roles", "channels", mode="before")
    @classmethod
    def split_on_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def keys_path(self) -> Path:
        return self.keys_dir or self.data_dir / "keys"

    @property
    def media_path(self) -> Path:
        return self.media_dir or self.data_dir / "media"

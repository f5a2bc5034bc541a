"""The account that a provider resource names, and what the stand-in keeps because moto lacks it."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

FOLDER = "STANDIN_AWS_FOLDER"


def folder() -> Path:
    """Where the stand-in notes its starts and keeps what moto lacks."""
    return Path(os.environ[FOLDER])


@dataclass
class Kept:
    """Objects by id, in a file, since each run of the engine starts the plugin anew."""

    @property
    def _file(self) -> Path:
        return folder() / "kept.json"

    def all(self) -> dict[str, Any]:
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}

    def put(self, id_: str, value: Any) -> None:
        self._file.write_text(json.dumps(self.all() | {id_: value}, indent=1))

    def drop(self, id_: str) -> None:
        self._file.write_text(json.dumps({key: value for key, value in self.all().items() if key != id_}))


@dataclass
class Account:
    """Clients with the settings of a provider resource."""

    settings: dict[str, Any]

    @cached_property
    def _session(self) -> boto3.Session:
        session = boto3.Session(profile_name=self.settings.get("profile"), region_name=self.settings["region"])
        for role in json.loads(self.settings.get("assumeRoles") or "[]"):
            given = session.client("sts").assume_role(RoleArn=role["roleArn"], RoleSessionName=role["sessionName"])
            keys = given["Credentials"]
            session = boto3.Session(
                keys["AccessKeyId"],
                keys["SecretAccessKey"],
                keys["SessionToken"],
                region_name=self.settings["region"],
            )
        return session

    @cached_property
    def id(self) -> str:
        account_id = str(self._session.client("sts").get_caller_identity()["Account"])
        allowed = json.loads(self.settings.get("allowedAccountIds") or "[]")
        if allowed and account_id not in allowed:
            raise PermissionError(f"AWS account ID not allowed: {account_id}")
        return account_id

    def client(self, service: str, region: str | None = None) -> Any:
        assert self.id
        return self._session.client(service, region_name=region)  # type: ignore[call-overload]  # any service

    def arn(self, service: str, name: str) -> str:
        return f"arn:aws:{service}::{self.id}:{name}"

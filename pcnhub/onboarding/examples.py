"""The commented files that a network can start from."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).with_name("example.toml")
ELSEWHERE = Path(__file__).with_name("elsewhere.toml")

"""Whether the machine's own firewall stops what workspaces send: what it drops is dropped.

Nothing of it is changed here.
"""

import json
from contextlib import suppress
from typing import Any, Final

from ide.sandbox.network.commands import Commands, DeviceError
from ide.sandbox.network.rules import LINKS

_FAMILIES: Final = ("ip", "inet")


def obstacles(commands: Commands) -> tuple[str, ...]:
    """Return a sentence for each chain that forwards nothing by itself and knows no device of ours.

    What a single rule refuses is not seen, nor what cannot be asked for.
    """
    with suppress(DeviceError, ValueError):
        told = json.loads(commands.run("nft", "-j", "list", "chains") or "{}")
        chains = [one["chain"] for one in told.get("nftables", ()) if "chain" in one]
        return tuple(_sentence(chain) for chain in chains if _drops(chain, commands))
    return ()


def _drops(chain: dict[str, Any], commands: Commands) -> bool:
    if chain.get("hook") != "forward" or chain.get("policy") != "drop":
        return False
    if chain["family"] not in _FAMILIES:
        return False
    # Another chain of the table may let them through.
    return f'"{LINKS}"' not in commands.run("nft", "list", "table", chain["family"], chain["table"])


def _sentence(chain: dict[str, Any]) -> str:
    where = f"{chain['family']} {chain['table']} {chain['name']}"
    lines = "; ".join(
        f"nft insert rule {where} {side} '{LINKS}' accept" for side in ("iifname", "oifname")
    )
    return (
        f"This machine's firewall forwards nothing (chain {where}), so that the plans outbound and"
        f" full may reach nothing. To let workspaces out: {lines}"
    )

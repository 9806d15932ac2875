"""As root: a veth pair for each workspace, between its sandbox and this machine.

What there is, the kernel knows: a device's name says whose server's it is and which plan holds, its
alias which workspace's. So nothing is written down, and nothing can be out of step.
"""

import json
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, Final

import structlog

from ide.guard.plan import NetworkPlan
from ide.sandbox.network import rules
from ide.sandbox.network.commands import Commands, DeviceError, Inside
from ide.sandbox.network.forwarding import Forwarding, locked

DEVICE: Final = "eth0"
"""Its name inside."""
_ANY_PREFIX: Final = "ide-"
_BLOCK: Final = 4
"""Addresses of one workspace: a /30."""
_SLOTS: Final = 0x1_0000
_DEFAULT_MTU: Final = 1500
_NO_IPV6: Final = 'f=/proc/sys/net/ipv6/conf/{0}/disable_ipv6; [ ! -e "$f" ] || echo 1 > "$f"'
_STRICT: Final = "echo 1 > /proc/sys/net/ipv4/conf/{0}/rp_filter"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Link:
    name: str
    workspace: str
    addresses: tuple[IPv4Interface, ...]
    mtu: int


@dataclass(frozen=True, slots=True)
class _Block:
    """Four addresses of one workspace, the `number`th in the range, from `first` on."""

    number: int
    first: int

    @property
    def name(self) -> str:
        return f"{self.number:04x}"

    @property
    def outside(self) -> IPv4Address:
        return IPv4Address(self.first + 1)

    @property
    def within(self) -> IPv4Address:
        return IPv4Address(self.first + 2)


class Veths:
    """The devices of one server, in the network namespace that `commands` run in. Thread-safe."""

    def __init__(self, server: str, network: IPv4Network, commands: Commands) -> None:
        """`server` is five letters of its own, `network` the range of all addresses."""
        self._server, self._network, self._commands = server, network, commands
        self.kept_for: list[str] = []
        """Devices that came since, for which the machine still forwards: `look` tries again."""

    def connect(self, sandbox: Inside, workspace: str, plan: NetworkPlan, resolver: str) -> None:
        """Give a sandbox its device, behind walls that are there before. Raises DeviceError."""
        with locked(self._commands) as forwarding:
            links = self._remove(
                self._links(), lambda link: self._is_mine(link) and link.workspace == workspace
            )
            try:
                self._prepare_machine(forwarding, links, resolver)
                block = self._free_block(links)
                name = f"{rules.link_prefix(plan, self._server)}{block.name}"
                self._add(name, workspace, block, sandbox, self._mtu(links))
                own = {str(one.ip) for link in links for one in link.addresses}
                walls = rules.inner(plan, resolver, own | {str(block.outside)})
                self._let_out(block, sandbox, walls)
            except BaseException:
                self._remove_all(forwarding, lambda link: link.workspace == workspace)
                raise

    def disconnect(self, workspace: str) -> None:
        """Remove a workspace's device, if it has one. Raises DeviceError."""
        with locked(self._commands) as forwarding:
            self._remove_all(forwarding, lambda link: link.workspace == workspace)

    def look(self, resolver: str) -> None:
        """Build the walls again when somebody removed them, and forward. Raises DeviceError.

        Where no server needs that any more, try again to switch it back.
        """
        with locked(self._commands) as forwarding:
            links = self._links()
            if any(self._is_mine(link) for link in links):
                self._prepare_machine(forwarding, links, resolver)
            else:
                self._remove_all(forwarding, lambda _: False)

    def sweep(self, known: set[str]) -> None:
        """Remove every device that is of no `known` workspace. Raises DeviceError."""
        with locked(self._commands) as forwarding:
            self._remove_all(forwarding, lambda link: link.workspace not in known)

    def _remove_all(self, forwarding: Forwarding, unwanted: Any) -> None:
        """Remove devices of this server; with the last all that was switched, and the walls.

        They stay for as long as the machine forwards because we had it do so.
        """
        left = self._remove(self._links(), lambda link: self._is_mine(link) and unwanted(link))
        is_last = not any(link.name.startswith(_ANY_PREFIX) for link in left)
        come = forwarding.restore(_own(left)) if is_last else []
        if come and come != self.kept_for:
            _log.info("the machine goes on forwarding for new devices", devices=come)
        self.kept_for = come
        if come:
            return
        if not any(self._is_mine(link) for link in left):
            table = rules.table(self._server)
            # Added first: to remove what is not there would be an error.
            self._commands.run(
                "nft", "-f", "-", text=f"table inet {table} {{ }}\ndelete table inet {table}\n"
            )

    def _remove(self, links: list[_Link], unwanted: Any) -> list[_Link]:
        """Remove devices and return the others; one that ends with its sandbox is no error."""
        left = []
        for link in links:
            if not unwanted(link):
                left.append(link)
            elif not self._commands.works("ip", "link", "delete", link.name) and any(
                other.name == link.name for other in self._links()
            ):
                raise DeviceError(f"the device {link.name} cannot be removed")
        return left

    def _is_mine(self, link: _Link) -> bool:
        return link.name.startswith(
            tuple(
                rules.link_prefix(plan, self._server)
                for plan in (NetworkPlan.OUTBOUND, NetworkPlan.FULL)
            )
        )

    def _links(self) -> list[_Link]:
        told = json.loads(self._commands.run("ip", "-d", "-j", "addr", "show") or "[]")
        return [
            _Link(
                str(each.get("ifname", "")),
                str(each.get("ifalias", "")),
                tuple(
                    IPv4Interface(f"{one['local']}/{one['prefixlen']}")
                    for one in each.get("addr_info", ())
                    if one.get("family") == "inet" and "local" in one
                ),
                int(each.get("mtu", _DEFAULT_MTU)),
            )
            for each in told
            if each.get("ifname")
        ]

    def _mtu(self, links: list[_Link]) -> int:
        """Return that of the narrowest device out, so that nothing needs to be cut up."""
        return min(
            [_DEFAULT_MTU, *(link.mtu for link in links if link.addresses and link.mtu >= 1280)]
        )

    def _free_block(self, links: list[_Link]) -> _Block:
        """Return the first block that no device here has a part in. Raises DeviceError."""
        taken = [one.network for link in links for one in link.addresses if one.network.prefixlen]
        names = {link.name[-4:] for link in links if self._is_mine(link)}
        first = int(self._network.network_address)
        for number in range(min(self._network.num_addresses // _BLOCK, _SLOTS)):
            block = _Block(number, first + number * _BLOCK)
            if block.name not in names and not any(
                IPv4Network((block.first, 30)).overlaps(each) for each in taken
            ):
                return block
        raise DeviceError(f"every address of {self._network} is taken; see IDE_NETWORK_RANGE")

    def _prepare_machine(self, forwarding: Forwarding, links: list[_Link], resolver: str) -> None:
        """Have the walls stand, and the machine forward behind them."""
        before = forwarding.links_before(_own(links))
        text, mark = rules.outer(self._server, str(self._network), resolver, before)
        table = rules.table(self._server)
        if not self._commands.works("nft", "list", "chain", "inet", table, mark):
            self._commands.run("nft", "-f", "-", text=text)
        forwarding.enable()

    def _add(self, name: str, workspace: str, block: _Block, sandbox: Inside, mtu: int) -> None:
        """Make the pair, up on this side and down inside."""
        namespace = f"/proc/self/fd/{sandbox.network}"
        self._commands.run(
            "ip", "link", "add", name, "mtu", str(mtu), "type", "veth",
            "peer", "name", DEVICE, "mtu", str(mtu), "netns", namespace,
            fds=(sandbox.network,),
        )  # fmt: skip
        steps = f"link set {name} alias {workspace}\naddr add {block.outside}/30 dev {name}\n"
        switches = f"{_NO_IPV6.format(name)}; {_STRICT.format(name)}"
        self._commands.run(
            "sh", "-ec", f"{switches}; exec ip -batch -", text=f"{steps}link set {name} up\n"
        )

    def _let_out(self, block: _Block, sandbox: Inside, walls: str) -> None:
        """Connect the inside, once the walls stand there as well.

        They hold while somebody flushes those of this machine, until `look` builds them again.
        """
        sandbox.commands.run("nft", "-f", "-", text=walls)
        sandbox.commands.run(
            "sh", "-ec", f"{_NO_IPV6.format(DEVICE)}; exec ip -batch -",
            text=f"addr add {block.within}/30 dev {DEVICE}\nlink set {DEVICE} up\n"
            f"route add default via {block.outside}\n",
        )  # fmt: skip


def _own(links: list[_Link]) -> list[str]:
    """Return the names of devices that are of no workspace."""
    return [link.name for link in links if not link.name.startswith(_ANY_PREFIX)]

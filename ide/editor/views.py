"""The page's own requests: who am I, preferences, layout, drafts."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from ide.editor import schemas, store
from ide.guard import levels
from ide.guard.grant import Right
from ide.guard.memory_folders import with_sizes
from ide.web import current
from ide.web.policy import in_workspace, signed_in
from ide.web.schemas import body, json_object, ref_argument
from ide.workspaces.keepers import keeper, machine_facts
from ide.workspaces.service import private_workspace

blueprint = Blueprint("editor_api", __name__)
_WORKSPACE = "/workspaces/<ws>"
_DRAFT_BODY_BYTES = 6 * store.MAX_DRAFT_BYTES + 4096
"""JSON may write a character in six bytes."""


@blueprint.get("/me")
@signed_in
def me() -> Response:
    """Answer `{user: {name, owner}, workspace: {id}, csrf}`."""
    return jsonify(identity())


def identity() -> dict[str, Any]:
    """Return who asks and where they work, making the workspace at the first sign-in."""
    caller = current.caller()
    return {
        "user": {"name": caller.name, "owner": caller.owner},
        "workspace": {"id": private_workspace(current.database(), caller.user_id)},
        "csrf": caller.csrf,
    }


@blueprint.get("/prefs")
@signed_in
def get_prefs() -> Response:
    """Answer what the person chose."""
    return jsonify(store.prefs(current.database(), current.caller().user_id))


@blueprint.put("/prefs")
@signed_in
def put_prefs() -> Response:
    """Keep what the person chose."""
    store.put_prefs(current.database(), current.caller().user_id, json_object())
    return jsonify({})


@blueprint.get(f"{_WORKSPACE}/layout/<kind>")
@in_workspace(Right.VIEW)
def get_layout(ws: str, kind: str) -> Response:
    """Answer what is open, or the arrangement of one width class."""
    return jsonify(store.layout(current.database(), ws, kind))


@blueprint.get(f"{_WORKSPACE}/about")
@in_workspace(Right.VIEW)
def about(ws: str) -> Response:  # noqa: ARG001 - the gate looked at it
    """Answer what this machine really confines, and the plan; nothing is started for it.

    `{sandbox: "bubblewrap"/"none", network, plan, ceilings, level, holds, limits, quota,
    network_device, notes}`: `ceilings` are the fields of `plan` that the machine has lowered,
    `holds` says `level` in words, `notes` has a sentence for each gap, for owners alone. Without a
    sandbox there is also `own_account`: whether programs have one that is not ours.
    """
    found = machine_facts()
    said = _confined(found)
    said |= {name: found[name] for name in ("level", "limits", "quota") if name in found}
    said["holds"] = levels.held(found.get("level", 0))
    said["network_device"] = found.get("network", "none")
    said["notes"] = found["reasons"] if current.caller().owner else []
    plan = current.grant().plan
    capped = plan.capped(found.get("ceilings", {}))
    held = with_sizes(capped)
    if said["sandbox"] == "none":
        held = replace(held, tmp_bytes=0, shm_bytes=0)
    said["plan"] = held.to_json()
    asked = plan.to_json()
    said["ceilings"] = [name for name, value in capped.to_json().items() if value != asked[name]]
    return jsonify(said)


def _confined(found: dict[str, Any]) -> dict[str, Any]:
    """Return `{sandbox, network, own_account?}`: of what runs, else of what would be started.

    Raises SandboxError where nothing would be, with the reasons.
    """
    said = keeper().call("workspace.wake", {"for": "about"})
    if not said["sandbox"]:
        if found["kind"] == "none" and not found.get("unsafe"):
            keeper().call("workspace.wake", {})
        said["sandbox"] = found["kind"]
    if said["sandbox"] == "none":
        said["own_account"] = found["own_uids"] is True
    return said


@blueprint.put(f"{_WORKSPACE}/layout/<kind>")
@in_workspace(Right.VIEW)
def put_layout(ws: str, kind: str) -> Response:
    """Keep it."""
    store.put_layout(current.database(), ws, kind, json_object())
    return jsonify({})


@blueprint.get(f"{_WORKSPACE}/drafts")
@in_workspace(Right.FILES)
def list_drafts(ws: str) -> Response:
    """Answer `{drafts: [{path, base, bytes, updated}]}`."""
    kept = store.drafts(current.database(), ws)
    return jsonify(
        drafts=[
            {
                "path": draft.ref,
                "base": draft.base,
                "bytes": draft.text_bytes,
                "updated": draft.updated.timestamp(),
            }
            for draft in kept
        ]
    )


@blueprint.get(f"{_WORKSPACE}/drafts/content")
@in_workspace(Right.FILES)
def get_draft(ws: str) -> Response:
    """Answer `{path, text, base, updated}`."""
    ref = ref_argument()
    text, base, updated = store.draft(current.database(), ws, ref)
    return jsonify(path=ref, text=text, base=base, updated=updated.timestamp())


@blueprint.put(f"{_WORKSPACE}/drafts/content")
@in_workspace(Right.FILES, body_bytes=_DRAFT_BODY_BYTES)
def put_draft(ws: str) -> Response:
    """Keep `{text, base}`."""
    asked = body(schemas.Draft)
    store.put_draft(current.database(), ws, ref_argument(), asked.text, asked.base)
    return jsonify({})


@blueprint.delete(f"{_WORKSPACE}/drafts/content")
@in_workspace(Right.FILES)
def remove_draft(ws: str) -> Response:
    """Forget it."""
    store.remove_draft(current.database(), ws, ref_argument())
    return jsonify({})

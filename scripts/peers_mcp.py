"""Talks to `chengzhi mcp` and to `/mcp` of `chengzhi serve` with the client of PyPI `mcp`, and prints what was said.

    python3 -m venv VENV && VENV/bin/pip install mcp==2.3.0
    VENV/bin/python scripts/peers_mcp.py BINARY > docs/mcp.md

Both revisions are spoken over both ways, against the demo city in a fresh data directory. Every expectation is checked: a
difference ends the script with an error. Numbers that differ from run to run are replaced, so that two runs print the same.
The network is needed for the installation alone.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile

import httpx2
import mcp_types as types
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

COUNT = 0


def order():
    """What the person says; another house each time, since the same request twice on one day is one request."""
    global COUNT
    COUNT += 1
    text = f"我们{COUNT}栋楼道堆满杂物，轮椅出不去，反映三次了"
    return {"text": text, "address": f"临江区石桥街道春晓苑{COUNT}栋2单元", "phone": f"1390000{1000 + COUNT}"}


def plain(value):
    """JSON of `value` with what differs from run to run replaced."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<number>", text)
    text = re.sub(r'"[0-9a-f]{64}"', '"<hash>"', text)
    return re.sub(r'"rs1\.[A-Za-z0-9_.-]+"', '"<signed state>"', text)


def shown(value):
    print("```json")
    print(plain(value))
    print("```\n")


def dumped(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


class Person:
    """Answers questions from a list and prints them."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def __call__(self, context, params):
        print("The server asks the person:\n")
        shown({"message": params.message, "requestedSchema": dumped(params)["requestedSchema"]})
        action, content = self.answers.pop(0)
        print("The person answers:\n")
        shown({"action": action, **({"content": content} if content else {})})
        return types.ElicitResult(action=action, content=content)


def expect(condition, what):
    if not condition:
        raise SystemExit(f"not as expected: {what}")


def status(result, wanted):
    expect(result.structured_content and result.structured_content["status"] == wanted, result)
    return result.structured_content


async def call(client, name, arguments, heading):
    print(f"#### {heading}\n")
    print(f"`tools/call` `{name}` with `{json.dumps(arguments, ensure_ascii=False)}`\n")
    result = await client.call_tool(name, arguments)
    print("Result:\n")
    # The text is the same for clients that read no structured content.
    parts = ("isError", "content") if result.is_error else ("structuredContent",)
    shown({key: value for key, value in dumped(result).items() if key in parts})
    return result


async def refused(client, name, arguments, heading):
    print(f"#### {heading}\n")
    print(f"`tools/call` `{name}` with `{json.dumps(arguments, ensure_ascii=False)}`\n")
    try:
        await client.call_tool(name, arguments)
        expect(False, f"an error of {name}")
    except MCPError as error:
        expect(error.code == -32602, error)
        print("Error:\n")
        shown({"code": error.code, "message": error.message})


async def greeted(client, mode):
    info = client.server_info
    # Revision 2026-07-28 has no greeting in which a server says its name.
    name = f", server `{info.name}` ({info.title})" if info else ""
    print(f"Revision {client.protocol_version}{name}.\n")
    expect(client.protocol_version == ("2025-11-25" if mode == "legacy" else mode), client.protocol_version)
    print("#### `tools/list`\n")
    tools = [dumped(tool) for tool in (await client.list_tools()).tools]
    print("| name | title | reads only |\n|---|---|---|")
    for tool in tools:
        print(f"| `{tool['name']}` | {tool['title']} | {'yes' if tool['annotations']['readOnlyHint'] else 'no'} |")
    print("\nTwo of them in full:\n")
    names = [tool["name"] for tool in tools]
    expect("hotline-centre" not in names and "confirm" not in names, names)
    for name in ("policy-search", "hotline-create"):
        shown(next(tool for tool in tools if tool["name"] == name))


async def talk(opened, mode, known=True):
    """One conversation; `opened` makes a fresh way to the server for a citizen, who is `known` from one call to the next."""
    said = order()
    hands = Person(("accept", said), ("accept", {"confirm": True}))
    async with Client(opened(), mode=mode, elicitation_callback=hands) as client:
        await greeted(client, mode)
        search = {"query": "楼道里堆东西罚多少钱", "limit": 2}
        status(await call(client, "policy-search", search, "A search"), "done")
        made = await call(client, "hotline-create", said, "A call with an effect, confirmed")
        number = status(made, "done")["value"]["order"]
        expect(not hands.answers, "everything was asked")
        which = {"order": number} if known else {"order": number, "phone": said["phone"]}
        hands.answers = [("accept", which)]
        seen = await call(client, "hotline-status", which, "A call that reads: the person's own order")
        expect(number in json.dumps(status(seen, "done")), seen)
        await refused(client, "hotline-centre", {}, "A tool for the centre alone looks as if it were not there")
        await refused(client, "confirm", {}, "There is no tool that confirms")

    hands = Person(("accept", order()), ("decline", None))
    async with Client(opened(), mode=mode, elicitation_callback=hands) as client:
        status(await call(client, "hotline-create", {}, "The person says no"), "declined")

    async with Client(opened(), mode=mode) as client:
        result = await call(client, "hotline-create", order(), "A client that cannot ask: nobody said these words")
        expect(result.is_error, result)
    return number


async def strangers_order(opened, mode, number):
    hands = Person(("accept", {"order": number}))
    async with Client(opened(), mode=mode, elicitation_callback=hands) as client:
        result = await call(client, "hotline-status", {"order": number}, "Somebody else's order")
        expect(result.is_error, result)


async def waits_on_the_page(opened, mode, url, token):
    hands = Person(("accept", order()), ("cancel", None))
    async with Client(opened(), mode=mode, elicitation_callback=hands) as client:
        heading = "The person goes away: it waits on the page"
        result = await call(client, "hotline-create", {}, heading)
    number = status(result, "needs_confirmation")["proposal"]
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as page:
        decided = await page.post(f"{url}/v1/proposals/{number}", json={"confirm": True})
    expect(decided.status_code == 200 and "done" in decided.json(), decided.text)
    print("Confirmed on the page (`POST /v1/proposals/<number>` with the person's token):\n")
    shown(decided.json()["done"]["value"])


async def states(opened):
    """Revision 2026-07-28 by hand: what is carried between two requests."""

    async def nobody(context, params):
        raise AssertionError("asked by hand")

    async with Client(opened(), mode="2026-07-28", elicitation_callback=nobody) as client:
        await client.list_tools()

        async def send(arguments, **more):
            return await client.session.call_tool("hotline-create", arguments, allow_input_required=True, **more)

        print("#### The same by hand: what is required\n")
        first = await send({})
        expect(isinstance(first, types.InputRequiredResult), first)
        shown(dumped(first))
        (key,) = first.input_requests
        filled = {key: types.ElicitResult(action="accept", content=order())}
        state = first.request_state
        altered = state[:-1] + ("A" if state[-1] != "A" else "B")
        for state, arguments, what in [
            (altered, {}, "an altered `requestState`"),
            (first.request_state, {"text": "别的事"}, "the `requestState` of other arguments"),
        ]:
            try:
                await send(arguments, input_responses=filled, request_state=state)
                expect(False, "an error")
            except MCPError as error:
                print(f"With {what}:\n")
                shown({"error": {"code": error.code, "message": error.message}})
        second = await send({}, input_responses=filled, request_state=first.request_state)
        rounds = 0
        while not next(iter(second.input_requests)).startswith("confirm-"):
            rounds += 1
            expect(rounds < 4, second)
            (key,) = second.input_requests
            names = second.input_requests[key].params.requested_schema["properties"]
            content = {name: value for name, value in order().items() if name in names}
            more = {key: types.ElicitResult(action="accept", content=content)}
            second = await send({}, input_responses=more, request_state=second.request_state)
        print("With the answer:\n")
        shown(dumped(second))
        (key,) = second.input_requests
        yes = {key: types.ElicitResult(action="accept", content={"confirm": True})}
        done = [await send({}, input_responses=yes, request_state=second.request_state) for _ in range(2)]
        print("Confirmed, and sent again as if the answer had been lost; both times:\n")
        expect(done[0].structured_content == done[1].structured_content, "one effect")
        shown(done[0].structured_content)


@contextlib.contextmanager
def quietly():
    """The same conversation over another way: checked, not printed."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    print("The same conversation as above; every expectation was met.\n")


@contextlib.contextmanager
def serving(program, data, environment):
    command = [program, "serve", "--address", "127.0.0.1:0", "--data", data]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=data)
    try:
        url = process.stdout.readline().strip()
        expect(url.startswith("http://"), "the address of the server")
        yield url
    finally:
        process.terminate()
        process.wait()


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    program = os.path.abspath(parser.parse_args().binary)
    with tempfile.TemporaryDirectory() as data:
        # A day of its own, so that orders have the same numbers in every run.
        environment = {
            "PATH": os.environ["PATH"],
            "CHENGZHI_TODAY": "2026-11-21",
            "CHENGZHI_RATE_PER_MINUTE": "0",
            "CHENGZHI_LOG": "error",
        }

        def token(name):
            command = [program, "token", "add", name, "--role", "citizen", "--data", data]
            made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, env=environment)
            return made.stdout.strip()

        li, zhao = token("li"), token("zhao")

        def pipes(bearer=li):
            mine = {**environment, "CHENGZHI_TOKEN": bearer}
            return StdioServerParameters(command=program, args=["mcp", "--data", data], env=mine, cwd=data)

        print("# MCP, as the client of PyPI `mcp` 2.3.0 sees it\n")
        print("Written by `scripts/peers mcp`: `scripts/peers_mcp.py` talks to `chengzhi mcp` over standard input and output and")
        print("to `/mcp` of `chengzhi serve`, in both revisions of the protocol, and checks what is said here. The data are those")
        print("of the demo city on 2026-11-21. Numbers that differ from run to run and signatures are replaced.\n")
        with serving(program, data, environment) as url:

            def http(bearer=li):
                headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
                return streamable_http_client(f"{url}/mcp", http_client=httpx2.AsyncClient(headers=headers, timeout=60))

            print("## Standard input and output, revision 2025-11-25\n")
            number = await talk(pipes, "legacy")
            await strangers_order(lambda: pipes(zhao), "legacy", number)
            print("## Streamable HTTP, revision 2025-11-25\n")
            with quietly():
                number = await talk(http, "legacy")
                await strangers_order(lambda: http(zhao), "legacy", number)
            await waits_on_the_page(http, "legacy", url, li)
            print("## Standard input and output, revision 2026-07-28\n")
            with quietly():
                number = await talk(pipes, "2026-07-28")
                await strangers_order(lambda: pipes(zhao), "2026-07-28", number)
                await states(pipes)
            print("## Streamable HTTP, revision 2026-07-28\n")
            with quietly():
                number = await talk(http, "2026-07-28")
                await strangers_order(lambda: http(zhao), "2026-07-28", number)
            await states(http)
            print("## Without a token\n")
            with quietly():
                for mode in ("legacy", "2026-07-28"):
                    number = await talk(lambda: http(None), mode, known=mode == "legacy")
                    await strangers_order(lambda: http(None), mode, number)
            print("Somebody without a token is a citizen whom the session knows, or in revision 2026-07-28 the state of one call: in")
            print("another session or call an order is shown to whoever knows its number and the telephone given with it.\n")
            async with httpx2.AsyncClient(headers={"authorization": "Bearer nobody"}) as wrong:
                answer = await wrong.post(f"{url}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
            expect(answer.status_code == 401, answer)
            header = answer.headers["www-authenticate"]
            print(f"A token that is none: status `{answer.status_code}`, `WWW-Authenticate: {header}`.")
    print("every expectation was met", file=sys.stderr)


asyncio.run(main())

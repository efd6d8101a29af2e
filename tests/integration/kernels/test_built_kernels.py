"""A kernel whose application was built before the fork, and one that had to be built for it."""

from __future__ import annotations

import asyncio

APP = "get_ipython().kernel.parent"


def test_kernel_of_the_kernelspec_was_built_before_the_fork(supervisor, open_kernel, evaluate):
    async def scenario():
        async with open_kernel(supervisor) as (_, client):
            assert await evaluate(client, f"{APP}.is_built")
            # What is built once for all is as new for each.
            assert (
                await evaluate(client, "sorted(n for n in globals() if n.startswith('mine'))") == []
            )
            assert await evaluate(client, "mine", setup="mine = 1") == 1

    asyncio.run(scenario())
    asyncio.run(scenario())


def test_kernel_with_other_options_is_built_for_them(supervisor, open_kernel, evaluate):
    async def scenario():
        arguments = ["--InteractiveShell.colors=nocolor"]
        async with open_kernel(supervisor, extra_arguments=arguments) as (_, client):
            assert await evaluate(client, "6 * 7") == 42
            return await evaluate(client, "get_ipython().colors")

    assert asyncio.run(scenario()) == "nocolor"


def test_kernels_share_no_number_of_session_or_kernel(supervisor, open_kernel, evaluate):
    numbers = f"({APP}.session.session, {APP}.kernel.ident, {APP}.session.key)"

    async def scenario():
        async with open_kernel(supervisor) as (_, one), open_kernel(supervisor) as (_, other):
            return [await evaluate(client, numbers) for client in (one, other)]

    one, other = asyncio.run(scenario())
    assert all(first != second for first, second in zip(one, other, strict=True))


def test_kernel_prints_to_its_own_page_after_the_fork(supervisor, open_kernel):
    async def scenario():
        async with open_kernel(supervisor) as (_, client):
            request = client.execute("print('out'); import sys; print('err', file=sys.stderr); 3")
            seen = {}
            while True:
                message = await client.get_iopub_msg(timeout=60)
                if message["parent_header"].get("msg_id") != request:
                    continue
                content = message["content"]
                if message["msg_type"] == "stream":
                    seen[content["name"]] = content["text"]
                elif message["msg_type"] == "execute_result":
                    seen["result"] = content["data"]["text/plain"]
                elif content.get("execution_state") == "idle":
                    return seen

    assert asyncio.run(scenario()) == {"stdout": "out\n", "stderr": "err\n", "result": "3"}

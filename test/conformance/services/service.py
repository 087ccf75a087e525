# A service under ddtrace, on aiohttp, which ddtrace instruments on both sides. `/call?next=<url>` calls on. Prints its port.
import ddtrace.auto  # noqa: F401, I001
import asyncio
import json

from aiohttp import ClientSession, web
from ddtrace import tracer
from ddtrace.contrib.aiohttp import trace_app


async def call(request):
    following = request.query.get("next")
    if not following:
        return web.Response(text="end")
    async with ClientSession() as session, session.get(following) as answer:
        return web.Response(status=answer.status, text=await answer.text())


async def serve():
    app = web.Application()
    app.router.add_get("/call", call)
    trace_app(app, tracer, service="python-service")
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps({"port": site._server.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.Event().wait()


asyncio.run(serve())

"""A service of asyncio that is stuck: a task waits for a peer that never answers, and holds what the others need.

Runs until it is killed.
"""

import asyncio


async def answer_nothing(_reader, _writer):
    await asyncio.sleep(3600)


class Archive:
    def __init__(self):
        self.lock = asyncio.Lock()

    async def connect(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)

    async def store(self, mail):
        async with self.lock:
            self.writer.write(mail)
            return await self.reader.readline()


async def deliver(archive, queue):
    while True:
        mail = await queue.get()
        await archive.store(mail)


async def main():
    peer = await asyncio.start_server(answer_nothing, "127.0.0.1", 0)
    archive, queue = Archive(), asyncio.Queue()
    await archive.connect(peer.sockets[0].getsockname()[1])
    senders = [asyncio.create_task(deliver(archive, queue), name=f"sender-{i}") for i in range(20)]
    for i in range(8):
        queue.put_nowait(b"mail %d\n" % i)
    await asyncio.gather(*senders)


asyncio.run(main())

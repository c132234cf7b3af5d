"""Arrivals and departures a second of processor time of M/M/4 at a utilisation of 0.8 in SimPy: the median of three runs."""

import random
import statistics
import time

import simpy

CUSTOMERS = 100_000


def run(seed):
    luck = random.Random(seed)
    world = simpy.Environment()
    servers = simpy.Resource(world, capacity=4)

    def customer():
        with servers.request() as turn:
            yield turn
            yield world.timeout(luck.expovariate(1.0))

    def arrivals():
        for _ in range(CUSTOMERS):
            yield world.timeout(luck.expovariate(3.2))
            world.process(customer())

    world.process(arrivals())
    start = time.process_time()
    world.run()
    return 2 * CUSTOMERS / (time.process_time() - start)


print(round(statistics.median(run(seed) for seed in (1, 2, 3))))

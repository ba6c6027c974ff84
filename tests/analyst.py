"""An analyst with nothing but addresses: decodes every topic and recounts X Today.

    analyst.py BROKERS REGISTRY_URL KEY PREFIX ORG TIME_ZONE DATE
"""

import base64
import collections
import datetime
import io
import json
import sys
import urllib.request
import zoneinfo

import confluent_kafka
import fastavro

brokers, registry, key, prefix, org, zone, day = sys.argv[1:]
basic = base64.b64encode(f"{key}:".encode()).decode()


def fetch(path):
    request = urllib.request.Request(registry + path, headers={"Authorization": f"Basic {basic}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


schemas = {}


def decode(value):
    assert value[0] == 0, "not a Confluent frame"
    schema_id = int.from_bytes(value[1:5], "big")
    if schema_id not in schemas:
        text = fetch(f"/schemas/ids/{schema_id}")["schema"]
        schemas[schema_id] = fastavro.parse_schema(json.loads(text))
    return fastavro.schemaless_reader(io.BytesIO(value[5:]), schemas[schema_id])


consumer = confluent_kafka.Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": prefix + "analyst",
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
    }
)


def records(topic):
    partitions = consumer.list_topics(topic, timeout=15).topics[topic].partitions
    consumer.assign(
        [confluent_kafka.TopicPartition(topic, p, confluent_kafka.OFFSET_BEGINNING) for p in partitions]
    )
    open_partitions = set(partitions)
    while open_partitions:
        message = consumer.poll(10)
        assert message is not None, f"{topic}: nothing came for ten seconds"
        if message.error():
            assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF, message.error()
            open_partitions.discard(message.partition())
        elif message.value() is not None:
            yield decode(message.value())


counts = collections.Counter()
items = {}
for subject in fetch("/subjects"):
    topic = subject.removesuffix("-value")
    for record in records(prefix + topic):
        counts[topic] += 1
        if topic.startswith("social.linked.") and record["org"] == org:
            known = items.get(record["item_id"])
            if known is None or known["revision"] <= record["revision"]:
                items[record["item_id"]] = record

today = datetime.date.fromisoformat(day)
local = zoneinfo.ZoneInfo(zone)
x_today = sum(
    item["direction"] == "inbound" and item["posted_at"].astimezone(local).date() == today
    for item in items.values()
    if item["op"] != "withdraw" and item["posted_at"] is not None
)
print(json.dumps({"x_today": x_today, "records": counts}))

//! The id of a topic, which rdkafka does not offer: one librdkafka call, and the only unsafe code.
#![expect(unsafe_code, reason = "rdkafka 0.39 has no DescribeTopics")]

use std::ffi::{CStr, CString};
use std::ptr;

use rdkafka::bindings as rd;
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::Consumer as _;

/// Milliseconds that the broker may take to answer.
const TIMEOUT_MS: i32 = 10_000;

/// The id (base64) that the cluster gave the topic when it was created; `None` if there is no
/// such topic or the broker did not answer.
pub(super) fn topic_id<C: rdkafka::consumer::ConsumerContext>(
    consumer: &rdkafka::consumer::BaseConsumer<C>,
    topic: &str,
) -> Option<String> {
    describe(consumer.client().native_ptr(), topic)
}

/// The same through an admin client.
pub(super) fn topic_id_by_admin(
    client: &rdkafka::client::Client<DefaultClientContext>,
    topic: &str,
) -> Option<String> {
    describe(client.native_ptr(), topic)
}

fn describe(client: *mut rd::rd_kafka_t, topic: &str) -> Option<String> {
    let name = CString::new(topic).ok()?;
    // SAFETY: `client` lives as long as the borrowed consumer or client. Each object made here is
    // destroyed here; what librdkafka returns from `event` is copied before the event is destroyed.
    unsafe {
        let mut names = [name.as_ptr()];
        let topics = rd::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), 1);
        let options = rd::rd_kafka_AdminOptions_new(
            client,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
        );
        rd::rd_kafka_AdminOptions_set_request_timeout(options, TIMEOUT_MS, ptr::null_mut(), 0);
        let queue = rd::rd_kafka_queue_new(client);
        rd::rd_kafka_DescribeTopics(client, topics, options, queue);
        let event = rd::rd_kafka_queue_poll(queue, TIMEOUT_MS);
        let id = if event.is_null() { None } else { read(event) };
        if !event.is_null() {
            rd::rd_kafka_event_destroy(event);
        }
        rd::rd_kafka_queue_destroy(queue);
        rd::rd_kafka_AdminOptions_destroy(options);
        rd::rd_kafka_TopicCollection_destroy(topics);
        id
    }
}

// SAFETY: `event` is a live event of librdkafka.
unsafe fn read(event: *mut rd::rd_kafka_event_t) -> Option<String> {
    unsafe {
        let result = rd::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return None;
        }
        let mut count = 0;
        let topics = rd::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if count == 0 {
            return None;
        }
        let description = *topics;
        let error = rd::rd_kafka_TopicDescription_error(description);
        if !error.is_null()
            && rd::rd_kafka_error_code(error) != rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
        {
            return None;
        }
        let id = rd::rd_kafka_Uuid_base64str(rd::rd_kafka_TopicDescription_topic_id(description));
        (!id.is_null()).then(|| CStr::from_ptr(id).to_string_lossy().into_owned())
    }
}

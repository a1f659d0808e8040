package io.amqproxy.benchmark;

/** A stream that only the null broker can take or give: real queues would be what is measured. */
interface NullBrokerStream extends MessageStream {

    @Override
    default boolean isForAnyBroker() {
        return false;
    }
}

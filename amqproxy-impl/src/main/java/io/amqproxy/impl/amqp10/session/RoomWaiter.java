package io.amqproxy.impl.amqp10.session;

/** A client that is not read until a connection to the broker has room for more. */
public interface RoomWaiter {

    void onRoom();
}

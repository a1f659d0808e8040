package io.amqproxy;

/**
 * A lease: one channel of a client bound to one channel of an upstream.
 *
 * @param client who holds it
 * @param clientChannel the channel's number on the client's connection
 * @param upstream the connection to the broker
 * @param upstreamChannel the channel's number on that connection
 */
public record LeaseInfo(ClientInfo client, int clientChannel, UpstreamInfo upstream, int upstreamChannel) {}

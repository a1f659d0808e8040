/**
 * A broker in memory, {@link io.amqproxy.testing.InMemoryBroker}, for tests of what publishes and consumes; any thread
 * may use it. The rest is for tests of an application's own {@link io.amqproxy.PoolPolicy},
 * {@link io.amqproxy.EndpointChoice} and {@link io.amqproxy.ProxyListener}, without a proxy: what these are given, with
 * figures that the test chooses.
 *
 * <pre>{@code
 * FakePool pool = new FakePool("guest", "/").room(2);
 * FakeUpstream full = pool.add(new FakeUpstream(1).label("shared").free(0));
 * Placement placement = policy.place(new FakeLeaseRequest(FakeClients.client(7), Purpose.PUBLISH), pool);
 * assert placement.upstream() != full;
 * }</pre>
 *
 * <p>What listeners are told are objects that anybody can make: {@link io.amqproxy.ClientInfo#of},
 * {@link io.amqproxy.UpstreamInfo#of}, {@link io.amqproxy.LeaseInfo#of}, {@link io.amqproxy.Release#of} and
 * {@link io.amqproxy.CloseReason#of}; {@link io.amqproxy.testing.FakeClients} has some with less to write.
 *
 * <p>These classes have what the interfaces have in the same version. The fakes belong to the thread that uses them.
 */
@NullMarked
package io.amqproxy.testing;

import org.jspecify.annotations.NullMarked;

package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.client.Amqp10Client;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client of AMQP 1.0 that says what a test wants, and keeps what it hears. */
final class TestClient10 implements FakeLink.Peer {

    final List<Frame> heard = new ArrayList<>();
    boolean ended;
    /** Whether it keeps nothing of what it hears. */
    boolean deaf;

    private final Rig rig;
    private final Stream10 stream = new Stream10();
    private @Nullable FakeLink link;

    private TestClient10(Rig rig) {
        this.rig = rig;
    }

    static TestClient10 connect(Rig rig) {
        TestClient10 client = new TestClient10(rig);
        Amqp10Client session = new Amqp10Client(
                rig.protocol(),
                rig.loop,
                rig.gateway,
                ClientInfo.of(
                        rig.nextClient(), new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000), null, null));
        client.link = rig.attach(session, client);
        return client;
    }

    /** A client whose connection is open, and all it heard until then is forgotten. */
    static TestClient10 open(Rig rig) {
        return open(rig, 65_536);
    }

    static TestClient10 open(Rig rig, int maxFrameSize) {
        TestClient10 client = connect(rig);
        client.stream.most = maxFrameSize;
        client.write(handshake(maxFrameSize)).run();
        client.heard.clear();
        return client;
    }

    /** The same for a client of this container. */
    static TestClient10 open(Rig rig, String container) {
        TestClient10 client = connect(rig);
        client.write(handshake("guest", container, 65_536)).run();
        client.heard.clear();
        return client;
    }

    static byte[] handshake(int maxFrameSize) {
        return handshake("guest", "c", maxFrameSize);
    }

    static byte[] handshake(String user, String container, int maxFrameSize) {
        return handshake(user, container, maxFrameSize, null);
    }

    /** @param desired a capability, or null */
    static byte[] handshake(String user, String container, int maxFrameSize, Wire10.@Nullable Symbol desired) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(Stream10.SASL);
        all.writeBytes(Wire10.frame(
                0, 0x41, new byte[0], new Wire10.Symbol("PLAIN"), ("\0" + user + "\0guest").getBytes(ISO_8859_1)));
        all.writeBytes(Stream10.AMQP);
        all.writeBytes(Wire10.frame(
                0, 0x10, new byte[0], container, null, maxFrameSize, (short) 1000, null, null, null, null, desired));
        return all.toByteArray();
    }

    FakeLink link() {
        return Objects.requireNonNull(link);
    }

    TestClient10 write(byte[] bytes) {
        link().send(bytes);
        return this;
    }

    TestClient10 say(int channel, int code, @Nullable Object... fields) {
        return write(Wire10.frame(channel, code, new byte[0], fields));
    }

    TestClient10 begin(int channel) {
        return say(channel, 0x11, null, 0, 1000, 1000);
    }

    TestClient10 sender(int channel, int handle, String address) {
        return sender(channel, handle, address, 0);
    }

    TestClient10 sender(int channel, int handle, String address, int count) {
        return sender(channel, handle, address, count, "s" + handle);
    }

    TestClient10 sender(int channel, int handle, String address, int count, String name) {
        return say(
                channel,
                0x12,
                name,
                handle,
                false,
                null,
                null,
                Wire10.composite(0x28, "me"),
                Wire10.composite(0x29, address),
                null,
                null,
                count);
    }

    TestClient10 receiver(int channel, int handle, String address) {
        return receiver(channel, handle, address, "r" + handle);
    }

    TestClient10 receiver(int channel, int handle, String address, String name) {
        return say(
                channel,
                0x12,
                name,
                handle,
                true,
                null,
                null,
                Wire10.composite(0x28, address),
                Wire10.composite(0x29, "me"));
    }

    TestClient10 credit(int channel, int handle, int count, int credit) {
        return say(channel, 0x13, 0, 1000, 0, 1000, handle, count, credit);
    }

    TestClient10 transfer(int channel, int handle, int id, boolean settled, String body) {
        return part(channel, handle, id, settled, false, body);
    }

    TestClient10 part(int channel, int handle, int id, boolean settled, boolean more, String body) {
        return write(Wire10.frame(
                channel, 0x14, body.getBytes(ISO_8859_1), handle, id, new byte[] {(byte) id}, 0, settled, more));
    }

    TestClient10 settle(int channel, int first, int last) {
        return say(channel, 0x15, true, first, last, true, Wire10.composite(0x24));
    }

    /** Moves all bytes, and does what is due. */
    TestClient10 run() {
        rig.pass(Duration.ZERO);
        return this;
    }

    /** Detaches its first link and ends its first session in one flight with the close. */
    TestClient10 sayAllOfAnEnd() {
        return say(0, Wire10.DETACH, 0, true).say(0, Wire10.END).say(0, Wire10.CLOSE);
    }

    /** Closes in order. */
    void leave() {
        say(0, 0x18).run();
        link().hangUp();
        rig.run();
    }

    void vanish() {
        link().hangUp();
        rig.run();
    }

    /** The frames of this kind, in order. */
    List<Frame> all(int code) {
        return heard.stream().filter(frame -> frame.code() == code).toList();
    }

    Frame last(int code) {
        List<Frame> all = all(code);
        if (all.isEmpty()) {
            throw new AssertionError("nothing heard of kind " + Integer.toHexString(code) + " but " + heard);
        }
        return all.get(all.size() - 1);
    }

    /** The bodies of what came. */
    List<String> bodies() {
        return all(0x14).stream()
                .map(frame -> new String(frame.payload(), ISO_8859_1))
                .toList();
    }

    @Override
    public void onBytes(byte[] bytes) {
        if (!deaf) {
            heard.addAll(stream.take(bytes));
        }
    }

    @Override
    public void onEnd() {
        ended = true;
    }
}

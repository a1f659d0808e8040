package io.amqproxy.impl.net;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Says to a broker who connects, before all else: a header of the PROXY protocol, version 2. */
final class ProxyProtocolEncoder {

    private static final byte[] SIGNATURE = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};
    private static final byte VERSION_2_PROXY = 0x21;
    private static final byte TCP_OVER_V4 = 0x11;
    private static final byte TCP_OVER_V6 = 0x21;
    private static final int V4_SIZE = 4;
    private static final int V6_SIZE = 16;
    private static final int PORTS = 4;

    private ProxyProtocolEncoder() {}

    /**
     * {@return the header of a connection} It is always of the command PROXY: some brokers fail over LOCAL.
     *
     * @param client whom the connection is for, or null for the proxy itself; one without address or port, as within
     *     this JVM, is told as the proxy
     * @param own the connection's end at the proxy
     * @param broker its other end
     */
    static byte[] header(@Nullable InetSocketAddress client, InetSocketAddress own, InetSocketAddress broker) {
        InetSocketAddress source = client == null || client.isUnresolved() || client.getPort() == 0 ? own : client;
        boolean v4 = source.getAddress() instanceof Inet4Address && broker.getAddress() instanceof Inet4Address;
        int size = (v4 ? V4_SIZE : V6_SIZE) * 2 + PORTS;
        ByteBuffer header = ByteBuffer.allocate(SIGNATURE.length + PORTS + size)
                .put(SIGNATURE)
                .put(VERSION_2_PROXY)
                .put(v4 ? TCP_OVER_V4 : TCP_OVER_V6)
                .putShort((short) size);
        put(header, source.getAddress(), v4);
        put(header, broker.getAddress(), v4);
        return header.putShort((short) source.getPort())
                .putShort((short) broker.getPort())
                .array();
    }

    /** One of IPv4 beside one of IPv6 is written as IPv6 has it: ::ffff:192.0.2.1. */
    private static void put(ByteBuffer header, InetAddress address, boolean v4) {
        if (!v4 && address instanceof Inet4Address) {
            header.putLong(0).putShort((short) 0).putShort((short) 0xFFFF);
        }
        header.put(address.getAddress());
    }
}

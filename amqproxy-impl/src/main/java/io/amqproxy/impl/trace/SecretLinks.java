package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.util.HashMap;
import java.util.Map;

/**
 * Which links of one direction of an AMQP 1.0 connection carry secrets: those to the node that takes tokens for
 * claims-based security (OASIS AMQP CBS 1.0), and all of which no attach was seen, as they may be.
 */
final class SecretLinks {

    private static final String CLAIMS = "$cbs";

    /** More are not remembered, so that they are taken for secret. */
    private static final int MOST_LINKS = 4096;

    /** By channel and handle, whether it is one to that node. */
    private final Map<Long, Boolean> links = new HashMap<>();

    /** What may begin or end a link. */
    void onPerformative(Performative read, int channel) {
        switch (read.type()) {
            case ATTACH -> onAttach(key(channel, read.uint(Performative.ATTACH_HANDLE, 0)), read);
            case DETACH -> links.remove(key(channel, read.uint(Performative.DETACH_HANDLE, 0)));
            case END -> links.keySet().removeIf(link -> link >>> Integer.SIZE == channel);
            default -> {}
        }
    }

    private void onAttach(long link, Performative attach) {
        if (links.size() < MOST_LINKS || links.containsKey(link)) {
            links.put(link, Terminus.isAt(attach, Performative.ATTACH_TARGET, CLAIMS));
        }
    }

    boolean isSecret(Performative transfer, int channel) {
        return links.getOrDefault(key(channel, transfer.uint(Performative.TRANSFER_HANDLE, 0)), true);
    }

    private static long key(int channel, int handle) {
        return (long) channel << Integer.SIZE | (handle & 0xFFFF_FFFFL);
    }
}

package io.amqproxy.impl.amqp091;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.broker.Amqp091Profile;
import io.amqproxy.impl.amqp091.broker.Tune;
import io.amqproxy.impl.amqp091.client.Amqp091Client;
import io.amqproxy.impl.amqp091.codec.ProtocolHeader;
import io.amqproxy.impl.amqp091.upstream.Amqp091Probe;
import io.amqproxy.impl.amqp091.upstream.Amqp091Upstream;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.pool.spi.BrokerProfile;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.nio.ByteBuffer;

/** AMQP 0-9-1 as pools and acceptors need it. */
public final class Amqp091 implements Protocol {

    @Override
    public String name() {
        return "AMQP 0-9-1";
    }

    @Override
    public Match recognise(ByteBuffer in) {
        if (!ProtocolHeader.isOfFamily(in)) {
            return Match.NO;
        }
        return in.remaining() < ProtocolHeader.LENGTH ? Match.UNDECIDED : Match.YES;
    }

    @Override
    public InboundSession newClient(LoopContext loop, PoolGateway gateway, ClientInfo client) {
        return new Amqp091Client(this, loop, gateway, client);
    }

    @Override
    public UpstreamConnection newUpstream(
            LoopContext loop, UpstreamOwner owner, long id, String endpoint, Credentials credentials) {
        return new Amqp091Upstream(loop, owner, id, endpoint, credentials);
    }

    @Override
    public int slotsOf(NegotiatedLimits offer) {
        return ((Tune) offer).channelMax();
    }

    @Override
    public OutboundSession newProbe(LoopContext loop, ProbeResult result) {
        return new Amqp091Probe(loop, result);
    }

    @Override
    public void awaitProfile(LoopContext loop) {
        Amqp091Context.of(loop).greeting().await();
    }

    @Override
    public boolean whenIntroduced(LoopContext loop, Runnable action) {
        return Amqp091Context.of(loop).greeting().whenAwaited(action);
    }

    @Override
    public void onProfile(LoopContext loop, BrokerProfile profile) {
        Amqp091Context.of(loop).greeting().onProfile((Amqp091Profile) profile);
    }

    @Override
    public void onOtherProtocol(LoopContext loop, byte[] header) {
        Amqp091Context.of(loop).greeting().onOtherProtocol(header);
    }

    @Override
    public boolean isSpoken(LoopContext loop) {
        return Amqp091Context.of(loop).greeting().isKnown();
    }

    @Override
    public void onSilence(LoopContext loop) {
        Amqp091Context.of(loop).greeting().onSilence();
    }
}

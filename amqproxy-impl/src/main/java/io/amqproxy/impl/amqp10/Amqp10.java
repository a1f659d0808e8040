package io.amqproxy.impl.amqp10;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.broker.Amqp10Profile;
import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.client.Amqp10Client;
import io.amqproxy.impl.amqp10.codec.ProtocolId;
import io.amqproxy.impl.amqp10.upstream.Amqp10Probe;
import io.amqproxy.impl.amqp10.upstream.Amqp10Upstream;
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

/** AMQP 1.0 as pools and acceptors need it. */
public final class Amqp10 implements Protocol {

    @Override
    public String name() {
        return "AMQP 1.0";
    }

    @Override
    public Match recognise(ByteBuffer in) {
        int from = in.position();
        if (!ProtocolId.mayBegin(in, from, in.limit())) {
            return Match.NO;
        }
        return in.remaining() < ProtocolId.LENGTH ? Match.UNDECIDED : Match.YES;
    }

    @Override
    public InboundSession newClient(LoopContext loop, PoolGateway gateway, ClientInfo client) {
        return new Amqp10Client(this, loop, gateway, client);
    }

    @Override
    public UpstreamConnection newUpstream(
            LoopContext loop, UpstreamOwner owner, long id, String endpoint, Credentials credentials) {
        return new Amqp10Upstream(loop, owner, id, endpoint, credentials);
    }

    @Override
    public int slotsOf(NegotiatedLimits offer) {
        return ((BrokerOpen) offer).channelMax() + 1;
    }

    @Override
    public OutboundSession newProbe(LoopContext loop, ProbeResult result) {
        return new Amqp10Probe(loop, result);
    }

    @Override
    public void awaitProfile(LoopContext loop) {
        Amqp10Context.of(loop).greeting().await();
    }

    @Override
    public boolean whenIntroduced(LoopContext loop, Runnable action) {
        return Amqp10Context.of(loop).greeting().whenAwaited(action);
    }

    @Override
    public void onProfile(LoopContext loop, BrokerProfile profile) {
        Amqp10Context.of(loop).greeting().onProfile((Amqp10Profile) profile);
    }

    @Override
    public void onOtherProtocol(LoopContext loop, byte[] header) {
        Amqp10Context.of(loop).greeting().onOtherProtocol(header);
    }

    @Override
    public boolean isSpoken(LoopContext loop) {
        return Amqp10Context.of(loop).greeting().isKnown();
    }

    @Override
    public void onSilence(LoopContext loop) {
        Amqp10Context.of(loop).greeting().onSilence();
    }
}

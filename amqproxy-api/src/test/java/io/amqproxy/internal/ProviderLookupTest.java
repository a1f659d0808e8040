package io.amqproxy.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.AmqProxy;
import io.amqproxy.PoolPolicy;
import org.junit.jupiter.api.Test;

/** This module's tests run without an implementation. */
class ProviderLookupTest {

    private static final String ADVICE = "No implementation of AmqProxy was found: add the artifact"
            + " io.amqproxy:amqproxy-impl to the class path or module path; an image of jlink needs --add-modules"
            + " io.amqproxy.impl";

    @Test
    void aMissingImplementationIsSaidPlainly() {
        ClassLoader empty = new ClassLoader(null) {};

        assertThatThrownBy(() -> ProviderLookup.load(empty))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(ADVICE);
    }

    @Test
    void aBuilderIsNotToBeHadWithoutAnImplementation() {
        assertThatThrownBy(AmqProxy::builder)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(ADVICE);
    }

    @Test
    void thePoliciesAreNotToBeHadWithoutAnImplementation() {
        assertThatThrownBy(PoolPolicy::multiplexed)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(ADVICE);
        assertThatThrownBy(PoolPolicy::exclusive)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(ADVICE);
    }
}

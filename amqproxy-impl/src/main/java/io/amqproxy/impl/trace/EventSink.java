package io.amqproxy.impl.trace;

import io.amqproxy.trace.TracedMessage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where what a decoder found goes, for one direction of a connection. */
interface EventSink {

    /** What {@link #wanted} answers where nobody wants it. */
    int UNWANTED = -1;

    /** {@return how many octets of the body are wanted, or {@link #UNWANTED} where nothing of this is} */
    int wanted(String name);

    /** {@return what changes whenever {@link #wanted} may answer otherwise} */
    Object epoch();

    /** {@return the same of what has these arguments; those of a message may be told otherwise in the end} */
    int wanted(String name, Map<String, Object> arguments);

    /** Something was said; {@code octets} is about the memory that it takes, the body of the message apart. */
    void tell(int channel, String name, Map<String, Object> arguments, @Nullable TracedMessage message, int octets);
}
